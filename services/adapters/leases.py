"""Leases on partitions of owners, over the rows of a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from services.adapters.rows import RowStore, microseconds
from services.domain.identity import new_id
from services.domain.leases import PARTITIONS, Lease, allot
from services.domain.ports import Clock

_FORGOTTEN: Final = timedelta(hours=1)
"""How long a holder who died is remembered: long enough that nobody wakes up while others strike them."""


class SharedLeases:
    """Fulfils `ports.Leases` for processes that share a database.

    A sign of life is one row, however much a process holds. Who sees that the living have less than their
    share takes only what is free or was the dead's, so that the division settles when everybody has renewed
    twice. Clocks of several machines may differ by a part of the time that a lease lasts; were it more, work
    would change hands without need, and fences would still hold.
    """

    def __init__(self, rows: RowStore, clock: Clock) -> None:
        self._rows = rows
        self._clock = clock
        self._holder = new_id()

    async def renew(self, lasts: float) -> Sequence[Lease]:
        """Say that this process lives, take what is due to it and let go of what is due to others."""
        now = self._clock.now()
        async with self._rows.write() as rows:
            await rows.leases.strike_before(microseconds(now - _FORGOTTEN))
            await rows.leases.sign(self._holder, microseconds(now + timedelta(seconds=lasts)))
            living = await rows.leases.living(microseconds(now))
            leases = _whole(await rows.leases.all())
            due = allot(living, {lease.partition: lease.holder for lease in leases})
            free = [lease for lease in leases if lease.holder not in living]
            wanted = [lease for lease in free if due[lease.partition] == self._holder]
            over = [lease for lease in self._mine(leases) if due[lease.partition] != self._holder]
            await rows.leases.hand_over(wanted, self._holder)
            await rows.leases.hand_over(over, "")
            return self._mine(await rows.leases.all())

    async def leave(self) -> None:
        """Let go of everything; what a transaction relies on at this moment is free as if its holder died."""
        async with self._rows.write() as rows:
            await rows.leases.hand_over(self._mine(await rows.leases.all()), "")
            await rows.leases.strike(self._holder)

    def _mine(self, leases: Sequence[Lease]) -> list[Lease]:
        return [lease for lease in leases if lease.holder == self._holder]


class SoleLeases:
    """Fulfils `ports.Leases` for the only process on a database: it takes everything once, and keeps it."""

    def __init__(self, rows: RowStore) -> None:
        self._rows = rows
        self._holder = new_id()
        self._held: Sequence[Lease] = ()

    async def renew(self, lasts: float) -> Sequence[Lease]:
        """Take everything, whoever had it: they are no more. There is nobody to whom to say that we live."""
        if not self._held:
            async with self._rows.write() as rows:
                leases = _whole(await rows.leases.all())
                held = await rows.leases.hand_over(leases, self._holder)
            self._held = held
        return self._held

    async def leave(self) -> None:
        """Let go of everything."""
        held, self._held = self._held, ()
        async with self._rows.write() as rows:
            await rows.leases.hand_over(held, "")


def _whole(known: Sequence[Lease]) -> list[Lease]:
    """Return the lease of every partition, those included that nobody ever had."""
    leases = {partition: Lease(partition, "", 0) for partition in range(PARTITIONS)}
    return list((leases | {lease.partition: lease for lease in known}).values())
