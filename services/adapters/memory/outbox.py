"""Messages on their way, in a dictionary."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from services.adapters.memory.tables import View
from services.adapters.outbox_rows import OutboxRow


class MemoryOutbox:
    """Fulfils `rows.OutboxRows`."""

    def __init__(self, view: View) -> None:
        self._rows = view.outbox

    async def add(self, rows: Sequence[OutboxRow]) -> None:
        """Add messages; one that is there already stays as it is."""
        for row in rows:
            if self._rows.get((row.consumer, row.message_id)) is None:
                self._rows.set((row.consumer, row.message_id), row)

    async def ready_owners(self, consumer: str, now: int) -> list[str]:
        """Return the owners that have a message to deliver now."""
        return sorted({row.owner for row in self._of(consumer) if not row.dead and row.visible_at <= now})

    async def newest(self, consumer: str, owner: str, now: int, limit: int) -> list[OutboxRow]:
        """Return an owner's deliverable messages, newest first."""
        ready = [r for r in self._of(consumer) if r.owner == owner and not r.dead and r.visible_at <= now]
        return sorted(ready, key=_age)[:limit]

    async def get(self, consumer: str, message_ids: Sequence[str]) -> list[OutboxRow]:
        """Return those of the messages that are there and not dead."""
        found = (self._rows.get((consumer, id_)) for id_ in message_ids)
        return [row for row in found if row is not None and not row.dead]

    async def lease(
        self, consumer: str, message_ids: Sequence[str], until: int, *, attempts: int = 1
    ) -> None:
        """Count so many attempts of each message and hide it until then."""
        for id_ in message_ids:
            row = self._rows.get((consumer, id_))
            if row is not None:
                leased = replace(row, visible_at=until, attempts=row.attempts + attempts)
                self._rows.set((consumer, id_), leased)

    async def show(self, consumer: str, message_id: str, at: int, attempts: int) -> None:
        """Let a message be delivered again from then on."""
        row = self._rows.get((consumer, message_id))
        if row is not None:
            self._rows.set((consumer, message_id), replace(row, visible_at=at, attempts=attempts))

    async def show_all(self, at: int) -> None:
        """End every lease."""
        for key, row in list(self._rows.items(lambda _: True)):
            self._rows.set(key, replace(row, visible_at=min(row.visible_at, at)))

    async def taken_owners(self, consumer: str, now: int) -> list[str]:
        """Return the owners that have a message hidden for longer than `now`."""
        return sorted({row.owner for row in self._of(consumer) if not row.dead and row.visible_at > now})

    async def show_owners(self, consumer: str, owners: Sequence[str], at: int) -> None:
        """End the leases of these owners' messages."""
        for row in self._of(consumer):
            if row.owner in owners:
                shown = replace(row, visible_at=min(row.visible_at, at))
                self._rows.set((consumer, row.message_id), shown)

    async def bury(self, consumer: str, message_id: str, reason: str) -> None:
        """Make a message a dead letter."""
        row = self._rows.get((consumer, message_id))
        if row is not None:
            self._rows.set((consumer, message_id), replace(row, dead=True, reason=reason))

    async def revive(self, consumer: str, message_ids: Sequence[str], at: int) -> int:
        """Deliver dead letters again from then on; return how many there were."""
        dead = [row for row in await self.dead(consumer) if row.message_id in set(message_ids)]
        for row in dead:
            revived = replace(row, dead=False, reason="", attempts=0, visible_at=at)
            self._rows.set((consumer, row.message_id), revived)
        return len(dead)

    async def remove(self, consumer: str, message_ids: Sequence[str]) -> None:
        """Remove messages."""
        for id_ in message_ids:
            self._rows.delete((consumer, id_))

    async def pending(self, consumer: str) -> int:
        """Return how many messages are not yet done."""
        return sum(not row.dead for row in self._of(consumer))

    async def oldest(self, consumer: str) -> int | None:
        """Return when the oldest message that is not yet done was made."""
        return min((row.created_at for row in self._of(consumer) if not row.dead), default=None)

    async def dead(self, consumer: str) -> list[OutboxRow]:
        """Return the dead letters, newest first."""
        return sorted((row for row in self._of(consumer) if row.dead), key=_age)

    async def erase_owner(self, owner: str) -> None:
        """Remove everything about an owner."""
        for key, row in list(self._rows.items(lambda _: True)):
            if row.owner == owner:
                self._rows.delete(key)

    def _of(self, consumer: str) -> list[OutboxRow]:
        return [row for _, row in self._rows.items(lambda key: key[0] == consumer)]


def _age(row: OutboxRow) -> tuple[int, str]:
    return -row.created_at, row.message_id
