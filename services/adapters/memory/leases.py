"""Leases in dictionaries."""

from __future__ import annotations

from collections.abc import Sequence

from services.adapters.memory.tables import View
from services.domain.leases import Lease


class MemoryLeases:
    """Fulfils `lease_rows.LeaseRows`."""

    def __init__(self, view: View) -> None:
        self._view = view

    async def sign(self, holder: str, until: int) -> None:
        """Note that a holder is to be thought alive until then."""
        self._view.holders.set(holder, until)

    async def strike(self, holder: str) -> None:
        """Note that a holder is no more."""
        self._view.holders.delete(holder)

    async def strike_before(self, time: int) -> None:
        """Remove holders who were to be thought alive until then at most."""
        for holder, until in list(self._view.holders.items(lambda _: True)):
            if until <= time:
                self._view.holders.delete(holder)

    async def living(self, now: int) -> list[str]:
        """Return the holders who are thought alive, sorted."""
        return sorted(holder for holder, until in self._view.holders.items(lambda _: True) if until > now)

    async def all(self) -> list[Lease]:
        """Return the lease of every partition that anybody ever had."""
        return [lease for _, lease in sorted(self._view.leases.items(lambda _: True))]

    async def hand_over(self, leases: Sequence[Lease], to: str) -> list[Lease]:
        """Give partitions to a holder under their next numbers."""
        handed = [
            Lease(old.partition, to, old.number + 1) for old in leases if self._number(old) == old.number
        ]
        for lease in handed:
            self._view.leases.set(lease.partition, lease)
        return handed

    async def in_force(self, leases: Sequence[Lease]) -> list[Lease]:
        """Return those that nobody has taken over; one transaction writes at a time."""
        return [lease for lease in leases if self._view.leases.get(lease.partition) == lease]

    def _number(self, lease: Lease) -> int:
        now = self._view.leases.get(lease.partition)
        return now.number if now else 0
