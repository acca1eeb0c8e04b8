"""Blobs in memory."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime

from services.adapters.abandoned import discard_abandoned
from services.domain.errors import NotFound
from services.domain.ports import Unfinished
from services.domain.records import Erasure


class MemoryStagedBlob:
    """Fulfils `ports.StagedBlob`."""

    def __init__(
        self, key: str, stages: dict[str, bytearray], blobs: dict[str, bytes], times: dict[str, datetime]
    ) -> None:
        self._key = key
        self._stages = stages
        self._blobs = blobs
        self._times = times
        self._size = len(stages.get(key, b""))

    @property
    def size(self) -> int:
        """Bytes staged."""
        return self._size

    async def append(self, data: bytes) -> None:
        """Add bytes at the end."""
        if not self._size:
            self._stages.setdefault(self._key, bytearray())
        self._staged().extend(data)
        self._size += len(data)

    async def flush(self) -> None:
        """Nothing is more durable than this here."""

    async def read(self, offset: int, length: int) -> bytes:
        """Read staged bytes again."""
        return bytes(self._staged()[offset : offset + length])

    async def truncate(self, size: int) -> None:
        """Drop what lies behind."""
        if size < self._size:
            del self._staged()[size:]
            self._size = size

    async def commit(self, key: str) -> None:
        """Make it the blob of this key."""
        self._blobs[key] = bytes(self._staged())
        self._times[key] = datetime.now(UTC)
        del self._stages[self._key]

    async def discard(self) -> None:
        """Forget it."""
        self._stages.pop(self._key, None)
        self._size = 0

    def _staged(self) -> bytearray:
        staged = self._stages.get(self._key)
        if staged is None or len(staged) != self._size:
            raise NotFound("the staged blob is not what this writer left")
        return staged


class MemoryBlobStore:
    """Fulfils `ports.BlobStore`; everything is gone with the process."""

    def __init__(self) -> None:
        self._stages: dict[str, bytearray] = {}
        self._blobs: dict[str, bytes] = {}
        self._times: dict[str, datetime] = {}

    async def stage(self, key: str) -> MemoryStagedBlob:
        """Open the stage of this key."""
        return MemoryStagedBlob(key, self._stages, self._blobs, self._times)

    async def size(self, key: str) -> int:
        """Return the size in bytes."""
        return len(self._blob(key))

    async def read(self, key: str, offset: int, length: int) -> bytes:
        """Read a range."""
        return self._blob(key)[offset : offset + length]

    async def delete(self, key: str) -> int:
        """Delete a blob if it is there."""
        return len(self._blobs.pop(key, b""))

    async def delete_prefix(self, prefix: str) -> Erasure:
        """Delete every blob and stage whose key begins so."""
        doomed = [self._stages.pop(key) for key in list(self._stages) if key.startswith(prefix)]
        doomed += [bytearray(self._blobs.pop(key)) for key in list(self._blobs) if key.startswith(prefix)]
        return Erasure(blobs=len(doomed), bytes=sum(map(len, doomed)))

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys of committed blobs that begin so."""
        for key in sorted(self._blobs):
            if key.startswith(prefix):
                yield key

    async def committed(self, prefix: str, since: datetime, before: datetime) -> AsyncIterator[str]:
        """Yield the keys of blobs that were committed in that time."""
        for key in list(self._blobs):
            if key.startswith(prefix) and since <= self._times[key] < before:
                yield key

    async def unfinished(self, prefix: str) -> AsyncIterator[Unfinished]:
        """Yield the stages whose keys begin so; all count as touched now, for they die with the process."""
        for key in sorted(self._stages):
            if key.startswith(prefix):
                yield Unfinished(key, len(self._stages[key]), datetime.now(UTC))

    async def sweep(self, before: datetime) -> Erasure:
        """Delete stages that nobody has written to since."""
        return await discard_abandoned(self, before)

    def _blob(self, key: str) -> bytes:
        try:
            return self._blobs[key]
        except KeyError:
            raise NotFound("no such blob") from None
