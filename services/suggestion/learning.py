"""What was learned from an owner's reactions, and how it is forgotten."""

from __future__ import annotations

from services.domain.accounts import AuditAction, audit
from services.domain.identity import OwnerId
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock
from services.domain.records import Kind


class Learning:
    """The reactions that tune an owner's ranking; there are none without LEARNING."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def reset(self, owner: OwnerId) -> int:
        """Forget every reaction, so that ranking begins anew; return how many there were.

        What the owner decided about single stories stays: saved ones are kept, dismissed ones gone.
        """
        now = self._clock.now()
        async with self._catalog.transaction(owner) as tx:
            reactions = [record.id for record in await tx.find(Kind.FEEDBACK)]
            forgotten = await tx.delete(Kind.FEEDBACK, reactions)
            await audit(tx, AuditAction.LEARNING_RESET, now, count=forgotten)
            await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, "learning", now))
        return forgotten
