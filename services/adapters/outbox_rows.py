"""The rows under the bus: what a database must do for messages. Internal to the adapters.

Times are microseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutboxRow:
    """One message on its way to one consumer."""

    consumer: str
    message_id: str
    type: str
    owner: str
    subject: str
    created_at: int
    visible_at: int = 0
    """When it may be delivered (again)."""
    attempts: int = 0
    dead: bool = False
    reason: str = ""
    trace: str = ""
    """The traceparent of what sent it."""


class OutboxRows(Protocol):
    """Messages on their way; dead letters stay until somebody removes them."""

    async def add(self, rows: Sequence[OutboxRow]) -> None:
        """Add messages; one that is there already stays as it is."""
        ...

    async def ready_owners(self, consumer: str, now: int) -> list[str]:
        """Return the owners, sorted, that have a message to deliver now."""
        ...

    async def newest(self, consumer: str, owner: str, now: int, limit: int) -> list[OutboxRow]:
        """Return an owner's deliverable messages, newest first."""
        ...

    async def get(self, consumer: str, message_ids: Sequence[str]) -> list[OutboxRow]:
        """Return those of the messages that are there and not dead, in any order."""
        ...

    async def lease(
        self, consumer: str, message_ids: Sequence[str], until: int, *, attempts: int = 1
    ) -> None:
        """Count so many attempts of each message and hide it until then."""
        ...

    async def show(self, consumer: str, message_id: str, at: int, attempts: int) -> None:
        """Let a message be delivered again from then on, with so many attempts counted."""
        ...

    async def show_all(self, at: int) -> None:
        """End every lease: messages hidden for longer than `at` become deliverable then."""
        ...

    async def taken_owners(self, consumer: str, now: int) -> list[str]:
        """Return the owners that have a message hidden for longer than `now`, sorted."""
        ...

    async def show_owners(self, consumer: str, owners: Sequence[str], at: int) -> None:
        """End the leases of these owners' messages: they become deliverable then."""
        ...

    async def bury(self, consumer: str, message_id: str, reason: str) -> None:
        """Make a message a dead letter."""
        ...

    async def revive(self, consumer: str, message_ids: Sequence[str], at: int) -> int:
        """Deliver dead letters again from then on, as if for the first time; return how many there were."""
        ...

    async def remove(self, consumer: str, message_ids: Sequence[str]) -> None:
        """Remove messages, delivered or dead."""
        ...

    async def pending(self, consumer: str) -> int:
        """Return how many messages are not yet done, dead ones apart."""
        ...

    async def oldest(self, consumer: str) -> int | None:
        """Return when the oldest message that is not yet done was made, dead ones apart."""
        ...

    async def dead(self, consumer: str) -> list[OutboxRow]:
        """Return the dead letters, newest first."""
        ...

    async def erase_owner(self, owner: str) -> None:
        """Remove everything about an owner."""
        ...
