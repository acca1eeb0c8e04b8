"""Whether an owner may upload one more file now, and how much of everything is used."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from services.domain.ports import Catalog
from services.upload.limits import Allowance, Limits
from services.upload.pace import Pace


@dataclass(frozen=True, slots=True)
class Usage:
    """What an owner uses of the limits."""

    limits: Limits
    used_bytes: int
    photos_left: int
    """That may begin now; the minute's number comes back evenly within a minute."""
    writing: int
    """Writes that go on."""


class Admission:
    """Holds uploads against the limits, whichever way they come."""

    def __init__(self, catalog: Catalog, limits: Limits) -> None:
        self._limits = limits
        self._allowance = Allowance(catalog, limits)
        self._pace = Pace(limits.photos_a_minute, limits.concurrent_writes)

    @asynccontextmanager
    async def write(self, owner: OwnerId, kind: MediaKind, size: int) -> AsyncIterator[None]:
        """Count one file in while it is written; raise MediaTooLarge or QuotaExceeded."""
        with self._pace.write(owner):
            async with self._allowance.room(owner, kind, size):
                yield

    async def expect(self, owner: OwnerId, kind: MediaKind, size: int) -> None:
        """Raise MediaTooLarge or QuotaExceeded for a file that has no room now, before it is sent."""
        await self._allowance.expect(owner, kind, size)

    async def usage(self, owner: OwnerId) -> Usage:
        """Return what is used."""
        used = await self._allowance.used(owner)
        return Usage(self._limits, used, self._pace.left(owner), self._pace.writing(owner))
