"""Where bytes are kept: named blobs that grow in stages."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.domain.records import Erasure


@dataclass(frozen=True, slots=True)
class Unfinished:
    """A stage that some writer left, or is at."""

    key: str
    size: int
    """Bytes that are durable."""
    touched: datetime
    """When it was last written to, aware."""


class StagedBlob(Protocol):
    """A blob that is still growing; it survives the process that writes it."""

    @property
    def size(self) -> int:
        """Bytes that are durable and may be relied upon."""
        ...

    async def append(self, data: bytes) -> None:
        """Add bytes at the end; durable after `flush` or `commit`."""
        ...

    async def flush(self) -> None:
        """Make everything appended so far durable, where the store can; else as much as it can."""
        ...

    async def read(self, offset: int, length: int) -> bytes:
        """Read staged bytes again (fewer at the end), to resume a hash."""
        ...

    async def truncate(self, size: int) -> None:
        """Drop all bytes but the first `size`, a boundary between two appends."""
        ...

    async def commit(self, key: str) -> None:
        """Make it the blob of this name, durably and atomically; the stage is gone afterwards.

        Raises NotFound when somebody deleted the stage meanwhile.
        """
        ...

    async def discard(self) -> None:
        """Forget it."""
        ...


class BlobStore(Protocol):
    """Named sequences of bytes. Keys begin with the owner; it neither knows nor opens what it holds."""

    async def stage(self, key: str) -> StagedBlob:
        """Open the stage of this name, empty or with what an earlier writer left in it."""
        ...

    async def size(self, key: str) -> int:
        """Return the size in bytes; raise NotFound."""
        ...

    async def read(self, key: str, offset: int, length: int) -> bytes:
        """Read a range, shorter at the end of the blob; raise NotFound."""
        ...

    async def delete(self, key: str) -> int:
        """Delete a blob if it is there; return the bytes freed."""
        ...

    async def delete_prefix(self, prefix: str) -> Erasure:
        """Delete every blob and stage whose key begins so; return how many and how much."""
        ...

    def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys of committed blobs that begin so."""
        ...

    def committed(self, prefix: str, since: datetime, before: datetime) -> AsyncIterator[str]:
        """Yield the keys that begin so of blobs whose last byte was written in that time, in any order.

        Holds no more than a page of them in memory.
        """
        ...

    def unfinished(self, prefix: str) -> AsyncIterator[Unfinished]:
        """Yield the stages whose keys begin so, in order of their keys."""
        ...

    async def sweep(self, before: datetime) -> Erasure:
        """Delete stages that nobody has written to since, and all else that killed writers left before.

        A writer that goes on with one of them nevertheless is told by NotFound.
        """
        ...
