"""What can go wrong between a package and a model that runs; each message is one sentence for a person."""

import errno
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_FULL = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


class ModelError(Exception):
    """A model cannot be fetched, built or found; the message says what to do."""


class UnknownModel(ModelError):
    """The registry has no model of this name."""


class ModelNotBuilt(ModelError):
    """The model is registered, but the cache holds no graph of it."""


class WrongHash(ModelError):
    """What arrived is not what the registry pins."""


class PackageUnavailable(ModelError):
    """No package index, registry or tool could deliver the package."""


class UnreadableWeights(ModelError):
    """The file is the pinned one, yet it does not hold what its reader or graph expects."""


class CacheNotWritable(ModelError):
    """The model cache cannot take another byte: the disk is full or the folder is closed to us."""


@contextmanager
def storage_errors(folder: Path) -> Iterator[None]:
    """Turns an `OSError` of the disk into one clear sentence.

    Raises:
        CacheNotWritable: The disk is full, a size limit was hit, or the folder may not be written.
    """
    try:
        yield
    except OSError as error:
        if error.errno in _FULL:
            raise CacheNotWritable(
                f"There is no room left in {folder}: "
                "free some space, or point STORYROLL_CACHE at another disk."
            ) from error
        raise CacheNotWritable(
            f"{folder} cannot be written ({error.strerror or error}): "
            "check its permissions, or point STORYROLL_CACHE at another folder."
        ) from error
