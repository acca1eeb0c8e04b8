"""Blobs as files: durable before they are acknowledged, atomic, and never outside their folder."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import IO, ParamSpec, TypeVar

from services.adapters.abandoned import discard_abandoned
from services.adapters.blob_names import escaped, unescaped
from services.adapters.disk_listing import files_of_time
from services.adapters.full_disk import is_full, no_room
from services.adapters.sealed.secret_file import sync_folder
from services.domain.errors import InvalidArgument, NotFound, Unavailable
from services.domain.ports import Unfinished
from services.domain.records import Erasure

P = ParamSpec("P")
T = TypeVar("T")

STAGING = ".staging"
PAGE = 500
"""Keys that are listed at once, where there may be very many."""
LONGEST_NAME = 255
"""Bytes of a file name, on every usual file system."""


class DiskBlobStore:
    """Fulfils `ports.BlobStore` with one file a blob, readable by this user alone.

    A key's segments become folders, escaped as `blob_names` says.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    async def stage(self, key: str) -> DiskStagedBlob:
        """Open the stage of this key; nothing is made before the first append."""
        path = _path(self._root / STAGING, key)
        return DiskStagedBlob(path, self._root, await _in_thread(_size_or_zero, path))

    async def size(self, key: str) -> int:
        """Return the size in bytes; raise NotFound."""
        return (await _in_thread(os.stat, _path(self._root, key))).st_size

    async def read(self, key: str, offset: int, length: int) -> bytes:
        """Read a range; raise NotFound."""
        return await _in_thread(_read, _path(self._root, key), offset, length)

    async def delete(self, key: str) -> int:
        """Delete a blob if it is there; return the bytes freed."""
        return await _in_thread(_delete, _path(self._root, key))

    async def delete_prefix(self, prefix: str) -> Erasure:
        """Delete every blob and stage whose key begins so."""
        # Stages first: one that is committed in between is then found among the blobs.
        staged = await _in_thread(_delete_prefix, self._root / STAGING, prefix)
        return staged + await _in_thread(_delete_prefix, self._root, prefix)

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys of committed blobs that begin so."""
        for key, _ in await _in_thread(list, _files(self._root, prefix)):
            yield key

    async def committed(self, prefix: str, since: datetime, before: datetime) -> AsyncIterator[str]:
        """Yield the keys of blobs whose last byte was written in that time."""
        found = files_of_time(self._root, prefix, since, before, skip=STAGING)
        while page := await _in_thread(list, islice(found, PAGE)):
            for key in page:
                yield key

    async def unfinished(self, prefix: str) -> AsyncIterator[Unfinished]:
        """Yield the stages whose keys begin so."""
        for key, path in await _in_thread(list, _files(self._root / STAGING, prefix)):
            with suppress(NotFound):  # committed meanwhile
                found = await _in_thread(path.stat)
                yield Unfinished(key, found.st_size, datetime.fromtimestamp(found.st_mtime, UTC))

    async def sweep(self, before: datetime) -> Erasure:
        """Delete stages that nobody has written to since."""
        return await discard_abandoned(self, before)


class DiskStagedBlob:
    """Fulfils `ports.StagedBlob` with a file that is renamed at the end."""

    def __init__(self, path: Path, root: Path, size: int) -> None:
        self._path = path
        self._root = root
        self._size = size

    @property
    def size(self) -> int:
        """Bytes written."""
        return self._size

    async def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        await _in_thread(_append, self._path, data, self._size)
        self._size += len(data)

    async def flush(self) -> None:
        """Make everything appended so far durable."""
        await _in_thread(_sync_file, self._path)

    async def read(self, offset: int, length: int) -> bytes:
        """Read staged bytes again."""
        return await _in_thread(_read, self._path, offset, length)

    async def truncate(self, size: int) -> None:
        """Drop all bytes but the first `size`."""
        if size < self._size:
            await _in_thread(os.truncate, self._path, size)
            self._size = size

    async def commit(self, key: str) -> None:
        """Make it the blob of this key: bytes, then name, then folder are durable."""
        await _in_thread(_commit, self._path, _path(self._root, key), self._size)

    async def discard(self) -> None:
        """Forget it."""
        await _in_thread(_delete, self._path)
        self._size = 0


async def _in_thread(function: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    with _translated():
        return await asyncio.to_thread(function, *args, **kwargs)


@contextmanager
def _translated() -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise NotFound("no such blob") from error
    except OSError as error:
        if is_full(error):
            raise no_room("photos") from error
        raise Unavailable(f"the blob store failed: {error.strerror}") from error


def _path(base: Path, key: str) -> Path:
    names = escaped(key).split("/")
    if not all(0 < len(name) <= LONGEST_NAME for name in names):
        raise InvalidArgument("a blob key has an empty or too long part")
    return base.joinpath(*names)


def _read(path: Path, offset: int, length: int) -> bytes:
    with path.open("rb") as file:
        return os.pread(file.fileno(), length, offset)


def _size_or_zero(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _append(path: Path, data: bytes, size: int) -> None:
    with os.fdopen(_open_to_append(path, fresh=size == 0), "ab") as file:
        _expect_size(file, size)
        file.write(data)


def _open_to_append(path: Path, *, fresh: bool) -> int:
    flags = os.O_WRONLY | os.O_APPEND | (os.O_CREAT if fresh else 0)
    try:
        return os.open(path, flags, 0o600)
    except FileNotFoundError:
        if not fresh:
            raise
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    return os.open(path, flags, 0o600)


def _expect_size(file: IO[bytes], size: int) -> None:
    """Refuse to go on with a stage that somebody else deleted or writes to: holes would be sealed in."""
    if os.fstat(file.fileno()).st_size != size:
        raise NotFound("the staged blob is not what this writer left")


def _sync_file(path: Path) -> None:
    if path.exists():
        with path.open("rb") as file:
            os.fsync(file.fileno())
        sync_folder(path.parent)


def _commit(staged: Path, target: Path, size: int) -> None:
    with staged.open("rb") as file:
        _expect_size(file, size)
        os.fsync(file.fileno())
    fresh = [folder for folder in target.parents if not folder.exists()]
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    staged.replace(target)
    for folder in (target.parent, *(folder.parent for folder in fresh)):
        sync_folder(folder)


def _delete(path: Path) -> int:
    try:
        size = path.stat().st_size
        path.unlink()
    except FileNotFoundError:
        return 0
    return size


def _files(base: Path, prefix: str) -> Iterator[tuple[str, Path]]:
    """Yield (key, path) of the files below whose key begins with the prefix."""
    whole, slash, _ = prefix.rpartition("/")
    folder = _path(base, whole) if slash else base
    for path in sorted(folder.rglob("*")):
        relative = path.relative_to(base)
        key = unescaped("/".join(relative.parts))
        if relative.parts[0] != STAGING and key.startswith(prefix) and path.is_file():
            yield key, path


def _delete_prefix(base: Path, prefix: str) -> Erasure:
    erased = Erasure()
    for _, path in list(_files(base, prefix)):
        erased += Erasure(blobs=1, bytes=_delete(path))
        _prune(path.parent, base)
    return erased


def _prune(folder: Path, base: Path) -> None:
    """Remove folders that are empty now, for their names tell an owner too."""
    while folder != base:
        try:
            folder.rmdir()
        except OSError:
            return
        folder = folder.parent
        sync_folder(folder)
