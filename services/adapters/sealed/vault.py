"""Originals, sealed segment by segment under the owner's CLOUD_PROCESSING key."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.segments import (
    HEADER,
    SEALED_SEGMENT,
    SEGMENT,
    Segments,
    apply_patches,
    plain_size,
    position,
    segment_count,
    whole_segments,
)
from services.adapters.sealed.staged_original import SealedStage, open_stage
from services.domain.consent import Scope
from services.domain.identity import OwnerId, owner_prefix, upload_of
from services.domain.ports import BlobStore, KeyRing, Patch, SealingKey
from services.domain.records import Erasure

SCOPES = frozenset({Scope.CLOUD_PROCESSING})
RUN = 8
"""Segments that are read and opened at once when a whole original is copied."""


class SealedVault:
    """Fulfils `ports.Vault` over any blob store."""

    def __init__(self, blobs: BlobStore, keyring: KeyRing, scratch: ScratchSpace) -> None:
        self._blobs = blobs
        self._keyring = keyring
        self._scratch = scratch

    async def stage(self, owner: OwnerId, key: str) -> SealedStage:
        """Open the upload of this original, new or as it was left; raise ConsentRequired."""
        return await open_stage(self._blobs, await self._key(owner), owner, key, self._scratch)

    async def unfinished(self, owner: OwnerId) -> dict[str, int]:
        """Return the plaintext bytes that are durable of each upload in progress, by key."""
        stages = self._blobs.unfinished(owner_prefix(owner))
        return {left.key: whole_segments(left.size) * SEGMENT async for left in stages}

    async def sweep(self, before: datetime) -> Erasure:
        """Delete uploads in progress that nobody has written to since."""
        return await self._blobs.sweep(before)

    def originals(self, owner: OwnerId, since: datetime, before: datetime) -> AsyncIterator[str]:
        """Yield the keys of the owner's originals that were committed in that time."""
        return self._blobs.committed(owner_prefix(owner), since, before)

    async def size(self, owner: OwnerId, key: str) -> int:
        """Return the plaintext size; raise NotFound."""
        return plain_size(await self._blobs.size(key))

    async def read(self, owner: OwnerId, key: str, offset: int = 0, length: int = -1) -> bytes:
        """Return a plaintext range (−1: to the end); raise NotFound, SealBroken, ConsentRequired."""
        original = await self._original(owner, key)
        end = original.size if length < 0 else min(offset + length, original.size)
        if offset >= end:
            return b""
        first, last = offset // SEGMENT, (end - 1) // SEGMENT
        data = await original.segments(first, last - first + 1)
        return data[offset - first * SEGMENT : end - first * SEGMENT]

    @asynccontextmanager
    async def as_file(self, owner: OwnerId, key: str, patches: Sequence[Patch] = ()) -> AsyncIterator[Path]:
        """Lend the plaintext as a private temporary file, removed at exit."""
        original = await self._original(owner, key)
        with self._scratch.lend(original.size) as path:
            with path.open("wb") as file:
                for first in range(0, original.count, RUN):
                    data = await original.segments(first, RUN)
                    await asyncio.to_thread(file.write, apply_patches(data, first * SEGMENT, patches))
            yield path

    async def delete(self, owner: OwnerId, key: str) -> Erasure:
        """Delete an original."""
        freed = await self._blobs.delete(key)
        return Erasure(blobs=int(freed > 0), bytes=freed)

    async def erase(self, owner: OwnerId) -> Erasure:
        """Delete every original and upload of the owner."""
        return await self._blobs.delete_prefix(owner_prefix(owner))

    async def _key(self, owner: OwnerId) -> SealingKey:
        return await self._keyring.key(owner, SCOPES)

    async def _original(self, owner: OwnerId, key: str) -> _Original:
        size = await self._blobs.size(key)
        header = await self._blobs.read(key, 0, HEADER)
        segments = Segments(await self._key(owner), owner, upload_of(key), header)
        return _Original(self._blobs, key, segments, size)


class _Original:
    """A committed original, open for reading."""

    def __init__(self, blobs: BlobStore, key: str, segments: Segments, sealed_size: int) -> None:
        self._blobs = blobs
        self._key = key
        self._segments = segments
        self.count = segment_count(sealed_size)
        self.size = plain_size(sealed_size)

    async def segments(self, first: int, count: int) -> bytes:
        """Return the plaintext of adjacent segments."""
        sealed = await self._blobs.read(self._key, position(first), count * SEALED_SEGMENT)
        return await asyncio.to_thread(self._segments.open_run, first, sealed, self.count)
