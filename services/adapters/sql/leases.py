"""Leases in SQL."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import delete, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.sql.tables import HOLDERS, LEASES
from services.adapters.sql.upserts import upsert
from services.domain.leases import Lease

_H, _L = HOLDERS.c, LEASES.c


class SqlLeases:
    """Fulfils `lease_rows.LeaseRows` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def sign(self, holder: str, until: int) -> None:
        """Note that a holder is to be thought alive until then."""
        await self._connection.execute(upsert(self._connection, HOLDERS), {"holder": holder, "until": until})

    async def strike(self, holder: str) -> None:
        """Note that a holder is no more."""
        await self._connection.execute(delete(HOLDERS).where(_H.holder == holder))

    async def strike_before(self, time: int) -> None:
        """Remove holders who were to be thought alive until then at most."""
        await self._connection.execute(delete(HOLDERS).where(_H.until <= time))

    async def living(self, now: int) -> list[str]:
        """Return the holders who are thought alive, sorted."""
        living = select(_H.holder).where(_H.until > now).order_by(_H.holder)
        return list((await self._connection.scalars(living)).all())

    async def all(self) -> list[Lease]:
        """Return the lease of every partition that anybody ever had."""
        rows = await self._connection.execute(select(LEASES).order_by(_L.partition))
        return [Lease(**row) for row in rows.mappings()]

    async def hand_over(self, leases: Sequence[Lease], to: str) -> list[Lease]:
        """Give partitions to a holder under their next numbers, those apart that are in use."""
        if not leases:
            return []
        if unborn := [lease.partition for lease in leases if lease.number == 0]:
            rows = [{"partition": partition, "holder": "", "number": 0} for partition in unborn]
            await self._connection.execute(upsert(self._connection, LEASES, ()), rows)
        same = tuple_(_L.partition, _L.number).in_([(lease.partition, lease.number) for lease in leases])
        # Who relies on a lease is not waited for: meanwhile this process would itself be thought dead.
        unused = select(_L.partition, _L.number).where(same).with_for_update(skip_locked=True)
        found = (await self._connection.execute(unused.order_by(_L.partition))).all()
        handed = _L.partition.in_([row.partition for row in found])
        await self._connection.execute(update(LEASES).where(handed).values(holder=to, number=_L.number + 1))
        return [Lease(row.partition, to, row.number + 1) for row in found]

    async def in_force(self, leases: Sequence[Lease]) -> list[Lease]:
        """Return those that nobody has taken over, and lock them against it."""
        if not leases:
            return []
        wanted = [(lease.partition, lease.holder, lease.number) for lease in leases]
        same = tuple_(_L.partition, _L.holder, _L.number).in_(wanted)
        rows = await self._connection.execute(select(LEASES).where(same).with_for_update(read=True))
        return [Lease(**row) for row in rows.mappings()]
