"""Whether the stores that every call needs can be reached."""

from __future__ import annotations

import contextlib

from services.adapters.rows import RowStore
from services.domain.errors import NotFound
from services.domain.ports import BlobStore

_NOBODYS = "nobody/readiness"


class Reachable:
    """Asks database and blob store for something that is not there.

    The queue is not asked: without it work waits, and calls do not.
    """

    def __init__(self, rows: RowStore, blobs: BlobStore) -> None:
        self._rows = rows
        self._blobs = blobs

    async def __call__(self) -> None:
        """Return where both answer; raise Unavailable."""
        async with self._rows.read() as rows:
            await rows.outbox.get("", [""])
        with contextlib.suppress(NotFound):
            await self._blobs.size(_NOBODYS)
