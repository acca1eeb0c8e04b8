"""Which owners are this process's to plan, for as long as its leases say so."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from services.domain.errors import LeaseLost, StoryrollError
from services.domain.identity import OwnerId
from services.domain.leases import Lease, partition_of
from services.domain.ports import Leases

log = logging.getLogger(__name__)

_SIGNS: Final = 4
"""Signs of life within the time that a lease lasts: some may be late, and division settles after two."""


class Territory:
    """The leases of this process, renewed beside its work.

    What it says is what was true a moment ago. Whoever plans by it is held back by the fence of the
    transaction, should another have taken over meanwhile.

    Args:
        leases: Of this process.
        lasts: Seconds after our last sign of life at which others take over.
    """

    def __init__(self, leases: Leases, lasts: float) -> None:
        self._port = leases
        self._lasts = lasts
        self._held: dict[int, Lease] = {}

    @property
    def leases(self) -> frozenset[Lease]:
        """What this process holds."""
        return frozenset(self._held.values())

    def __contains__(self, owner: OwnerId) -> bool:
        return partition_of(owner) in self._held

    def lease_of(self, owner: OwnerId) -> Lease:
        """Return the lease under which an owner is planned here; raise LeaseLost where it is not."""
        try:
            return self._held[partition_of(owner)]
        except KeyError:
            raise LeaseLost("the owner is planned by another scheduler") from None

    @asynccontextmanager
    async def kept(self) -> AsyncIterator[None]:
        """Hold what is due to this process for as long as the block lasts; then let go of it at once."""
        await self._renew()
        try:
            async with asyncio.TaskGroup() as tasks:
                living = tasks.create_task(self._live())
                yield
                living.cancel()
        finally:
            self._held = {}
            try:
                await self._port.leave()
            except StoryrollError as error:
                log.warning("others have to wait for the leases to end: %s", error)

    async def _live(self) -> None:
        while True:
            await asyncio.sleep(self._lasts / _SIGNS)
            await self._renew()

    async def _renew(self) -> None:
        try:
            held = await self._port.renew(self._lasts)
        except StoryrollError as error:
            log.warning("the leases on owners cannot be renewed: %s", error)
            return
        self._held = {lease.partition: lease for lease in held}
