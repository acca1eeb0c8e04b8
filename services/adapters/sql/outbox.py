"""Messages on their way, in SQL."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.outbox_rows import OutboxRow
from services.adapters.sql.tables import OUTBOX
from services.adapters.sql.upserts import upsert

BATCH = 1000
"""Values in one IN list: well under what databases accept."""

_O = OUTBOX.c
_NEWEST_FIRST = (_O.created_at.desc(), _O.message_id)


class SqlOutbox:
    """Fulfils `rows.OutboxRows` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, rows: Sequence[OutboxRow]) -> None:
        """Add messages; one that is there already stays as it is."""
        if rows:
            await self._connection.execute(
                upsert(self._connection, OUTBOX, ()), [asdict(row) for row in rows]
            )

    async def ready_owners(self, consumer: str, now: int) -> list[str]:
        """Return the owners that have a message to deliver now.

        From owner to owner along the index: one who has a hundred thousand messages costs what others do.
        """
        first = select(func.min(_O.owner).label("owner")).where(_ready(consumer, now))
        found = first.cte("found", recursive=True)
        later = select(func.min(_O.owner)).where(_ready(consumer, now), _O.owner > found.c.owner)
        found = found.union_all(select(later.scalar_subquery()).where(found.c.owner.is_not(None)))
        statement = select(found.c.owner).where(found.c.owner.is_not(None)).order_by(found.c.owner)
        return list((await self._connection.scalars(statement)).all())

    async def newest(self, consumer: str, owner: str, now: int, limit: int) -> list[OutboxRow]:
        """Return an owner's deliverable messages, newest first."""
        ready = select(OUTBOX).where(_ready(consumer, now), _O.owner == owner)
        # Who takes messages locks them: what another process is about to take is passed over.
        taken = ready.order_by(*_NEWEST_FIRST).limit(limit).with_for_update(skip_locked=True)
        rows = await self._connection.execute(taken)
        return [OutboxRow(**row) for row in rows.mappings()]

    async def get(self, consumer: str, message_ids: Sequence[str]) -> list[OutboxRow]:
        """Return those of the messages that are there and not dead."""
        alive = and_(_several(consumer, message_ids), _O.dead.is_(False))
        rows = await self._connection.execute(select(OUTBOX).where(alive))
        return [OutboxRow(**row) for row in rows.mappings()]

    async def lease(
        self, consumer: str, message_ids: Sequence[str], until: int, *, attempts: int = 1
    ) -> None:
        """Count so many attempts of each message and hide it until then."""
        leased = _several(consumer, message_ids)
        await self._set(leased, visible_at=until, attempts=_O.attempts + attempts)

    async def show(self, consumer: str, message_id: str, at: int, attempts: int) -> None:
        """Let a message be delivered again from then on."""
        await self._set(_one(consumer, message_id), visible_at=at, attempts=attempts)

    async def show_all(self, at: int) -> None:
        """End every lease."""
        await self._set(_O.visible_at > at, visible_at=at)

    async def taken_owners(self, consumer: str, now: int) -> list[str]:
        """Return the owners that have a message hidden for longer than `now`."""
        taken = select(_O.owner).distinct().where(*_hidden(consumer, now)).order_by(_O.owner)
        return list((await self._connection.scalars(taken)).all())

    async def show_owners(self, consumer: str, owners: Sequence[str], at: int) -> None:
        """End the leases of these owners' messages."""
        for start in range(0, len(owners), BATCH):
            theirs = _O.owner.in_(owners[start : start + BATCH])
            await self._set(and_(*_hidden(consumer, at), theirs), visible_at=at)

    async def bury(self, consumer: str, message_id: str, reason: str) -> None:
        """Make a message a dead letter."""
        await self._set(_one(consumer, message_id), dead=True, reason=reason)

    async def revive(self, consumer: str, message_ids: Sequence[str], at: int) -> int:
        """Deliver dead letters again from then on; return how many there were."""
        dead = and_(_several(consumer, message_ids), _O.dead.is_(True))
        return await self._set(dead, dead=False, reason="", attempts=0, visible_at=at)

    async def remove(self, consumer: str, message_ids: Sequence[str]) -> None:
        """Remove messages."""
        await self._connection.execute(delete(OUTBOX).where(_several(consumer, message_ids)))

    async def pending(self, consumer: str) -> int:
        """Return how many messages are not yet done."""
        alive = select(func.count()).where(_O.consumer == consumer, _O.dead.is_(False))
        return (await self._connection.scalar(alive)) or 0

    async def oldest(self, consumer: str) -> int | None:
        """Return when the oldest message that is not yet done was made."""
        alive = select(func.min(_O.created_at)).where(_O.consumer == consumer, _O.dead.is_(False))
        oldest: int | None = await self._connection.scalar(alive)
        return oldest

    async def dead(self, consumer: str) -> list[OutboxRow]:
        """Return the dead letters, newest first."""
        buried = select(OUTBOX).where(_O.consumer == consumer, _O.dead.is_(True))
        rows = await self._connection.execute(buried.order_by(*_NEWEST_FIRST))
        return [OutboxRow(**row) for row in rows.mappings()]

    async def erase_owner(self, owner: str) -> None:
        """Remove everything about an owner."""
        await self._connection.execute(delete(OUTBOX).where(_O.owner == owner))

    async def _set(self, condition: ColumnElement[bool], **values: Any) -> int:
        changed = await self._connection.execute(update(OUTBOX).where(condition).values(**values))
        return changed.rowcount


def _one(consumer: str, message_id: str) -> ColumnElement[bool]:
    return and_(_O.consumer == consumer, _O.message_id == message_id)


def _several(consumer: str, message_ids: Sequence[str]) -> ColumnElement[bool]:
    return and_(_O.consumer == consumer, _O.message_id.in_(message_ids))


def _hidden(consumer: str, now: int) -> tuple[ColumnElement[bool], ...]:
    return _O.consumer == consumer, _O.dead.is_(False), _O.visible_at > now


def _ready(consumer: str, now: int) -> ColumnElement[bool]:
    return and_(_O.consumer == consumer, _O.dead.is_(False), _O.visible_at <= now)
