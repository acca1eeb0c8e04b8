"""The folder that built models live in: whole files or none."""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import platformdirs

from inference_core.models.errors import storage_errors

_SCRATCH = ".scratch-"
_PARTIAL = ".partial-"


def default_cache() -> Path:
    """Returns the model cache: `$STORYROLL_CACHE/models`, else `models` in the user's cache folder."""
    root = os.environ.get("STORYROLL_CACHE") or platformdirs.user_cache_dir("storyroll")
    return Path(root) / "models"


@contextmanager
def locked(cache: Path) -> Iterator[None]:
    """Holds the cache for one builder at a time; a second one waits for the first.

    What a builder has left half-done, because it was killed, is cleared away.

    Raises:
        CacheNotWritable: The folder cannot be made or locked.
    """
    with storage_errors(cache):
        cache.mkdir(parents=True, exist_ok=True)
        lock = (cache / ".lock").open("wb")
    with lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for leftover in cache.glob(f"{_SCRATCH}*"):
            shutil.rmtree(leftover, ignore_errors=True)
        for leftover in cache.glob(f"*/{_PARTIAL}*"):
            leftover.unlink(missing_ok=True)
        yield


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Opens a file that appears at `path` only when it is whole and on the disk.

    Args:
        path: Where the file shall be; its folder is made.

    Raises:
        CacheNotWritable: The disk is full or closed to us; `path` is as it was before.
    """
    with storage_errors(path.parent):
        path.parent.mkdir(parents=True, exist_ok=True)
        file = tempfile.NamedTemporaryFile(dir=path.parent, prefix=_PARTIAL, delete=False)  # noqa: SIM115
        try:
            with file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            Path(file.name).replace(path)
        except BaseException:
            Path(file.name).unlink(missing_ok=True)
            raise


@contextmanager
def scratch(cache: Path) -> Iterator[Path]:
    """Lends an empty folder on the cache's own disk; it is gone afterwards, whatever happened."""
    with storage_errors(cache):
        cache.mkdir(parents=True, exist_ok=True)
        folder = tempfile.TemporaryDirectory(dir=cache, prefix=_SCRATCH, ignore_cleanup_errors=True)
    with folder as name:
        yield Path(name)


def sha256_of(path: Path) -> str:
    """Returns the SHA-256 of a file as 64 hex digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
