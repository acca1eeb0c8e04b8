"""The rows under the leases: what a database must do for processes that divide owners. Internal to adapters.

Times are microseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from services.domain.leases import Lease


class LeaseRows(Protocol):
    """Who lives, and who has which partition."""

    async def sign(self, holder: str, until: int) -> None:
        """Note that a holder is to be thought alive until then."""
        ...

    async def strike(self, holder: str) -> None:
        """Note that a holder is no more."""
        ...

    async def strike_before(self, time: int) -> None:
        """Remove holders who were to be thought alive until then at most."""
        ...

    async def living(self, now: int) -> list[str]:
        """Return the holders who are thought alive, sorted."""
        ...

    async def all(self) -> list[Lease]:
        """Return the lease of every partition that anybody ever had, by partition."""
        ...

    async def hand_over(self, leases: Sequence[Lease], to: str) -> list[Lease]:
        """Give partitions to a holder (empty: to nobody) under their next numbers.

        Those are passed over whose number is another by now, or that some transaction relies on at this
        moment; number 0 is that of a partition that nobody ever had.

        Returns:
            The leases as they are now, of those that changed hands.
        """
        ...

    async def in_force(self, leases: Sequence[Lease]) -> list[Lease]:
        """Return those that nobody has taken over; nobody does before this transaction ends."""
        ...
