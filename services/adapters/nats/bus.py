"""The event bus of many processes: rows of the outbox, handed out by NATS."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Protocol

from nats.aio.msg import Msg

from services.adapters.nats.delivery import Desk, NatsDelivery
from services.adapters.nats.stages import Stages, ids_of
from services.adapters.outbox import DeadLetter, OutboxBus
from services.adapters.rows import RowStore
from services.domain.leases import Lease
from services.domain.messages import Consumer
from services.domain.ports import Clock, Delivery, Lag


class Starting(Protocol):
    """Whoever fills the streams."""

    def start(self, consumer: Consumer) -> None:
        """See that this stage's stream is filled from now on."""
        ...


class NatsBus:
    """Fulfils `ports.EventBus` over the outbox and the streams that relays fill from it.

    The outbox is the truth: what a message says, how often it was tried, whether it is dead, and that it is
    not done yet. The queue says who works on it. A message whose row is gone was done, or erased with its
    owner, and is not handed out.
    """

    def __init__(
        self, rows: RowStore, clock: Clock, outbox: OutboxBus, stages: Stages, relays: Starting
    ) -> None:
        self._rows = rows
        self._outbox = outbox
        self._stages = stages
        self._relays = relays
        self._desk = Desk(rows, clock, stages.ack_wait)
        self._pulled: dict[Consumer, list[Msg]] = {consumer: [] for consumer in Consumer}

    async def fetch(
        self, consumer: Consumer, limit: int, timeout: float, leases: Sequence[Lease] | None = None
    ) -> Sequence[Delivery]:
        """Take up to `limit` messages, waiting up to `timeout` seconds for the first; raise Unavailable.

        Where leases say who works on what, the queue has nothing to decide, and the outbox is read.
        """
        if leases is not None:
            return await self._outbox.fetch(consumer, limit, timeout, leases)
        self._relays.start(consumer)
        deadline = time.monotonic() + timeout
        while True:
            await self._desk.write_done(consumer)
            await self._pull(consumer, limit, max(0.0, deadline - time.monotonic()))
            found = await self._hand_out(consumer)
            if found or time.monotonic() >= deadline:
                return found

    async def redeliver(self, consumer: Consumer, leases: Sequence[Lease]) -> None:
        """Deliver at once what whoever held these leases before had taken."""
        await self._outbox.redeliver(consumer, leases)

    async def pending(self, consumer: Consumer) -> int:
        """Return how many messages wait for or are with the consumer."""
        await self._desk.write_done(consumer)
        return await self._outbox.pending(consumer)

    async def lag(self, consumer: Consumer) -> Lag:
        """Return how far the consumer is behind."""
        return await self._outbox.lag(consumer)

    async def dead_letters(self, consumer: Consumer) -> list[DeadLetter]:
        """Return the messages that the consumer gave up on, newest first."""
        return await self._outbox.dead_letters(consumer)

    async def replay(self, consumer: Consumer, ids: Sequence[str]) -> int:
        """Deliver dead letters again, as if for the first time; return how many there were."""
        return await self._outbox.replay(consumer, ids)

    async def close(self) -> None:
        """Stop; what is still in hand goes to somebody else after a while."""
        await self._desk.in_hand.close()

    async def _pull(self, consumer: Consumer, limit: int, timeout: float) -> None:
        """Add to what was pulled; a message waits there, in hand, while its row cannot be read."""
        pulled = self._pulled[consumer]
        if len(pulled) < limit:
            fresh = await self._stages.pull(consumer, limit - len(pulled), 0.0 if pulled else timeout)
            for message in fresh:
                self._desk.in_hand.take(message)
            pulled.extend(fresh)

    async def _hand_out(self, consumer: Consumer) -> list[Delivery]:
        pulled = self._pulled[consumer]
        ids = ids_of(pulled)
        if not ids:
            return []
        async with self._rows.read() as rows:
            found = {row.message_id: row for row in await rows.outbox.get(consumer, ids)}
        self._pulled[consumer] = []
        for id_, message in zip(ids, pulled, strict=True):
            if id_ not in found:
                await self._desk.in_hand.done(message)
        return [
            NatsDelivery(found[id_], message, self._desk)
            for id_, message in zip(ids, pulled, strict=True)
            if id_ in found
        ]
