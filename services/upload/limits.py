"""How much an owner may upload."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.domain.errors import MediaTooLarge, QuotaExceeded
from services.domain.facets import Original
from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from services.domain.ports import Catalog
from services.domain.records import Kind, Query

_GIB = 1 << 30
_RECOUNT = 600.0
"""Seconds for which a sum over an owner's originals is trusted; what is stored meanwhile is added."""
_RECOUNT_IN_DOUBT = 2.0
"""Before a file is refused: something may have been deleted since."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one owner may upload."""

    photo_bytes: int = _GIB // 2
    video_bytes: int = 16 * _GIB
    owner_bytes: int = 1024 * _GIB
    """All originals together."""
    photos_a_minute: int = 6000
    concurrent_writes: int = 32


class Allowance:
    """Holds uploads against the limits."""

    def __init__(self, catalog: Catalog, limits: Limits) -> None:
        self._catalog = catalog
        self._limits = limits
        self._used: dict[OwnerId, tuple[float, int]] = {}
        self._coming: Counter[OwnerId] = Counter()

    @asynccontextmanager
    async def room(self, owner: OwnerId, kind: MediaKind, size: int) -> AsyncIterator[None]:
        """Keep room for a file while it comes in, so that files that come side by side do not share it.

        Raises MediaTooLarge or QuotaExceeded if a file of this size may not come in.
        """
        await self.expect(owner, kind, size)
        self._coming[owner] += size
        try:
            yield
            counted, used = self._used.get(owner, (-math.inf, 0))
            self._used[owner] = (counted, used + size)
        finally:
            self._coming[owner] -= size

    async def expect(self, owner: OwnerId, kind: MediaKind, size: int) -> None:
        """Raise MediaTooLarge or QuotaExceeded if a file of this size may not come in now."""
        limits = self._limits
        most = limits.video_bytes if kind is MediaKind.VIDEO else limits.photo_bytes
        if size > most:
            raise MediaTooLarge(f"a {kind} may have {most} bytes; this one has {size}")
        for trusted in (_RECOUNT, _RECOUNT_IN_DOUBT):
            if await self.used(owner, trusted) + self._coming[owner] + size <= limits.owner_bytes:
                return
        raise QuotaExceeded(f"{limits.owner_bytes} bytes of originals; delete some to make room")

    async def used(self, owner: OwnerId, trusted: float = _RECOUNT_IN_DOUBT) -> int:
        """Return the bytes of an owner's originals, by a sum that is at most so many seconds old."""
        counted, used = self._used.get(owner, (-math.inf, 0))
        if time.monotonic() - counted >= trusted:
            records = await self._catalog.find(owner, Kind.ASSET, Query(facets=frozenset({Original})))
            used = sum(original.size for record in records if (original := record.get(Original)))
            self._used[owner] = (time.monotonic(), used)
        return used
