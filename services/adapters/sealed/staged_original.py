"""An original on its way in: segments are sealed a run at a time and written, nothing else is kept.

What has arrived and makes no run yet is in memory: a photo is, as a rule, until it is whole, and is sealed in
one go. A write that breaks off goes on at a segment boundary. What a killed process left of a half-written
segment is cut off before the next byte is added, not when the stage is opened: whoever only asks how far a
write has come must not disturb the one who writes.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import BinaryIO

from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.segments import (
    HEADER,
    SEALED_SEGMENT,
    SEGMENT,
    Segments,
    apply_patches,
    is_header,
    position,
    whole_segments,
)
from services.adapters.tail import Tail
from services.domain.errors import SealBroken
from services.domain.identity import OwnerId
from services.domain.ports import BlobStore, Patch, SealingKey, StagedBlob

RUN = 4
"""Segments that are sealed, read and opened at once: a trip to a thread costs more than sealing one."""


async def open_stage(
    blobs: BlobStore, key: SealingKey, owner: OwnerId, name: str, scratch: ScratchSpace
) -> SealedStage:
    """Open the stage of an original, empty or as an earlier writer left it."""
    blob = await blobs.stage(name)
    header = await blob.read(0, HEADER) if blob.size >= HEADER else b""
    as_sent = _SegmentFile(blob, Segments(key, owner, name, header if is_header(header) else None))

    async def patched() -> _SegmentFile:
        return _SegmentFile(await blobs.stage(f"{name}.patched"), Segments(key, owner, name))

    return SealedStage(name, as_sent, patched, scratch)


class SealedStage:
    """Fulfils `ports.StagedOriginal`."""

    def __init__(
        self,
        name: str,
        as_sent: _SegmentFile,
        patched: Callable[[], Awaitable[_SegmentFile]],
        scratch: ScratchSpace,
    ) -> None:
        self._name = name
        self._as_sent = as_sent
        self._patched = patched
        self._scratch = scratch
        self._durable = as_sent.count
        self._tail = Tail()

    @property
    def committed(self) -> int:
        """Plaintext bytes that are durable, a multiple of the segment size."""
        return self._durable * SEGMENT

    async def append(self, data: bytes) -> None:
        """Add plaintext at the end; a run of segments is written at once."""
        self._tail.append(data)
        if len(self._tail) >= RUN * SEGMENT:
            await self._write_whole()

    async def flush(self) -> None:
        """Make whole segments durable."""
        await self._write_whole()
        await self._as_sent.blob.flush()
        self._durable = self._as_sent.count

    async def plaintext(self) -> AsyncIterator[bytes]:
        """Yield what is committed again; from a segment that does not open on, all is dropped."""
        for index in range(self._as_sent.count):
            try:
                segment = await self._as_sent.read(index)
            except SealBroken:
                self._as_sent.count = self._durable = index
                return
            yield segment

    @asynccontextmanager
    async def as_file(self) -> AsyncIterator[Path]:
        """Lend what was appended so far as a private temporary file, removed at exit."""
        count = self._as_sent.count
        with self._scratch.lend(count * SEGMENT + len(self._tail)) as path:
            with path.open("wb") as file:
                for first in range(0, count, RUN):
                    await self._as_sent.copy(first, min(RUN, count - first), file)
                await asyncio.to_thread(file.writelines, self._tail)
            yield path

    async def commit(self, patches: Sequence[Patch] = (), *, key: str = "") -> None:
        """Seal the rest and make it the original; with patches, seal all of it anew."""
        if patches:
            await self._commit_patched(patches, key or self._name)
            await self._as_sent.blob.discard()
        else:
            await self._as_sent.write(self._tail.joined(), last=True)
            await self._as_sent.blob.commit(key or self._name)
        self._tail.clear()

    async def discard(self) -> None:
        """Forget it."""
        await self._as_sent.blob.discard()
        await (await self._patched()).blob.discard()
        self._tail.clear()
        self._as_sent.count = self._durable = 0

    async def _write_whole(self) -> None:
        whole = len(self._tail) // SEGMENT * SEGMENT
        if whole:
            arrived = self._tail.joined()
            await self._as_sent.write(arrived[:whole])
            self._tail.clear()
            self._tail.append(arrived[whole:])

    async def _commit_patched(self, patches: Sequence[Patch], key: str) -> None:
        patched = await self._patched()
        patched.count = 0
        for index in range(self._as_sent.count):
            segment = await self._as_sent.read(index)
            await patched.write(apply_patches(segment, index * SEGMENT, patches))
        rest = apply_patches(self._tail.joined(), self._as_sent.count * SEGMENT, patches)
        await patched.write(rest, last=True)
        await patched.blob.commit(key)


class _SegmentFile:
    """A staged blob as a row of whole segments."""

    def __init__(self, blob: StagedBlob, segments: Segments) -> None:
        self.blob = blob
        self.count = whole_segments(blob.size)
        """Whole segments; setting it lower drops the others."""
        self._segments = segments

    async def read(self, index: int) -> bytes:
        """Return the plaintext of a segment; raise SealBroken."""
        sealed = await self.blob.read(position(index), SEALED_SEGMENT)
        return await asyncio.to_thread(self._segments.open, index, sealed)

    async def copy(self, first: int, count: int, file: BinaryIO) -> None:
        """Write the plaintext of adjacent segments to a file; raise SealBroken."""
        sealed = await self.blob.read(position(first), count * SEALED_SEGMENT)
        await asyncio.to_thread(self._open_into, file, first, sealed)

    def _open_into(self, file: BinaryIO, first: int, sealed: bytes) -> None:
        for index, at in enumerate(range(0, len(sealed), SEALED_SEGMENT), first):
            file.write(self._segments.open(index, sealed[at : at + SEALED_SEGMENT]))

    async def write(self, plaintext: bytes, *, last: bool = False) -> None:
        """Seal and add segments: whole ones, and with `last` the one that ends the original.

        That one is not counted: a stage that fails now goes on before it.
        """
        sealed = await asyncio.to_thread(self._segments.seal_run, self.count, plaintext, last=last)
        end = position(self.count) if self.count else 0
        if end != self.blob.size:
            await self.blob.truncate(end)
        await self.blob.append(sealed)
        self.count += len(plaintext) // SEGMENT
