"""A blob that grows on S3, a part at a time."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from services.adapters.s3.client import S3Client
from services.adapters.tail import Tail
from services.domain.errors import NotFound, StoryrollError
from services.domain.records import Erasure

PART: Final = 8 << 20
"""Bytes from which on a part is written: with the append that goes beyond it, the most that is held."""
_DIGITS: Final = 16


@dataclass(frozen=True, slots=True)
class Part:
    """Bytes of a stage that are an object."""

    offset: int
    size: int
    etag: str

    @property
    def end(self) -> int:
        """The offset behind it."""
        return self.offset + self.size


def part_prefix(name: str) -> str:
    """Return what the names of a stage's parts begin with."""
    return f"{name}:"


class S3StagedBlob:
    """Fulfils `ports.StagedBlob`: whole parts are objects, the tail is in memory.

    `flush` writes the tail too, as an object smaller than S3 lets a blob be made of; whoever goes on takes it
    into memory again, and writes a whole part over it.
    """

    def __init__(
        self, client: S3Client, key: str, name: str, parts: list[Part], blob_name: Callable[[str], str]
    ) -> None:
        self.key = key
        self._client = client
        self._name = name
        self._parts = parts
        self._blob_name = blob_name
        self._has_objects = bool(parts)
        self._tail = Tail()
        self._abandoned = False

    @property
    def size(self) -> int:
        """Bytes written, those in memory included."""
        return self._tail_offset + len(self._tail)

    async def append(self, data: bytes) -> None:
        """Add bytes at the end; a part that becomes full is durable when this returns."""
        self._expect_mine()
        await self._take_up()
        self._tail.append(data)
        if len(self._tail) >= PART:
            await self.flush()

    async def flush(self) -> None:
        """Make everything appended so far durable."""
        if not self._tail or self._abandoned:
            return
        self._has_objects = True
        self._parts.append(await self._write(self._tail_offset, self._tail.joined()))
        self._tail.clear()

    async def read(self, offset: int, length: int) -> bytes:
        """Read staged bytes again."""
        self._expect_mine()
        end = min(offset + length, self.size)
        pieces = [
            await self._client.get(self._object(part.offset), start, min(end, part.end) - part.offset - start)
            for part in self._parts
            if (start := max(offset - part.offset, 0)) < min(end, part.end) - part.offset
        ]
        first, last = max(offset - self._tail_offset, 0), max(end - self._tail_offset, 0)
        return b"".join([*pieces, *self._tail.slices(first, last)])

    async def truncate(self, size: int) -> None:
        """Drop all bytes but the first `size`; a part that is cut is written anew."""
        self._expect_mine()
        self._tail.cut(max(size - self._tail_offset, 0))
        if size >= self._tail_offset:
            return
        kept = [part for part in self._parts if part.end <= size]
        end = kept[-1].end if kept else 0
        rest = await self.read(end, size - end)
        await self._remove(from_offset=end + bool(rest))
        self._parts = [*kept, await self._write(end, rest)] if rest else kept

    async def commit(self, key: str) -> None:
        """Make it the blob of this key: one request for a tail alone, else a multipart upload."""
        self._expect_mine()
        if self._parts:
            await self.flush()
            parts = [(self._object(part.offset), part.etag) for part in self._parts]
            await self._client.compose(self._blob_name(key), parts)
        else:
            await self._client.put(self._blob_name(key), self._tail.joined())
        # The blob is there; parts that cannot be deleted now are the sweep's.
        with contextlib.suppress(StoryrollError):
            await self.discard()

    async def discard(self) -> None:
        """Forget it."""
        self._parts, self._tail = [], Tail()
        if self._has_objects:
            await self._remove(from_offset=0)
            self._has_objects = False

    def abandon(self) -> Erasure:
        """Let its writer know, when it goes on, that somebody erased it; return what was in memory alone."""
        if not self.size:
            return Erasure()
        self._abandoned = True
        erased = Erasure(blobs=int(not self._has_objects), bytes=len(self._tail))
        self._tail.clear()
        return erased

    @property
    def _tail_offset(self) -> int:
        return self._parts[-1].end if self._parts else 0

    def _expect_mine(self) -> None:
        if self._abandoned:
            raise NotFound("the staged blob was deleted")

    async def _take_up(self) -> None:
        """Bring a last part that is not whole back into memory."""
        if self._parts and self._parts[-1].size < PART:
            part = self._parts[-1]
            data = await self._client.get(self._object(part.offset), 0, part.size)
            self._tail.append(data)
            self._parts.pop()

    async def _write(self, offset: int, data: bytes) -> Part:
        return Part(offset, len(data), await self._client.put(self._object(offset), data))

    async def _remove(self, from_offset: int) -> None:
        listing = self._client.listing(part_prefix(self._name), versions=True)
        first = self._object(from_offset)
        await self._client.remove([found async for found in listing if found.name >= first])

    def _object(self, offset: int) -> str:
        return f"{part_prefix(self._name)}{offset:0{_DIGITS}}"
