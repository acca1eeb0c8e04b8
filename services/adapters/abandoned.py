"""Sweeping away what writers began and nobody went on with."""

from __future__ import annotations

from datetime import datetime

from services.domain.ports import BlobStore
from services.domain.records import Erasure


async def discard_abandoned(blobs: BlobStore, before: datetime) -> Erasure:
    """Delete the stages that nobody has written to since; return how many and how much."""
    erased = Erasure()
    for left in [left async for left in blobs.unfinished("") if left.touched < before]:
        await (await blobs.stage(left.key)).discard()
        erased += Erasure(blobs=1, bytes=left.size)
    return erased
