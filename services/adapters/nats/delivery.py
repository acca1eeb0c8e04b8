"""A message in the hands of a consumer, and what becomes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from nats.aio.msg import Msg

from services.adapters.nats.in_hand import InHand
from services.adapters.outbox import message_of
from services.adapters.outbox_rows import OutboxRow
from services.adapters.rows import RowStore, microseconds
from services.domain.messages import Consumer, Message
from services.domain.ports import Clock


class Desk:
    """Writes what became of messages.

    What is done leaves the outbox first: were the queue to forget it first, the outbox would offer it again.
    What is to come again leaves the queue first, so that the queue takes it; should the outbox not be written
    then, its lease ends and it offers the message by itself.
    """

    def __init__(self, rows: RowStore, clock: Clock, ack_wait: float) -> None:
        self.in_hand = InHand(ack_wait)
        self._rows = rows
        self._clock = clock
        self._done: dict[Consumer, list[tuple[str, Msg]]] = {consumer: [] for consumer in Consumer}

    def done(self, row: OutboxRow, message: Msg) -> None:
        """Remove the row with the next `write_done`."""
        self._done[Consumer(row.consumer)].append((row.message_id, message))

    async def write_done(self, consumer: Consumer) -> None:
        """Remove the rows of what is done, all in one commit."""
        done = self._done[consumer][:]
        if not done:
            return
        self._done[consumer].clear()  # whoever else comes here meanwhile has others to write
        try:
            async with self._rows.write() as rows:
                await rows.outbox.remove(consumer, [id_ for id_, _ in done])
        except BaseException:
            self._done[consumer].extend(done)
            raise
        for _, message in done:
            await self.in_hand.done(message)

    async def show(self, row: OutboxRow, message: Msg, delay: float, attempts: int) -> None:
        """Let the outbox offer a row again after so many seconds."""
        await self.in_hand.release(message)
        at = microseconds(self._clock.now() + timedelta(seconds=delay))
        async with self._rows.write() as rows:
            await rows.outbox.show(row.consumer, row.message_id, at, attempts)

    async def bury(self, row: OutboxRow, message: Msg, reason: str) -> None:
        """Make a row a dead letter."""
        await self.in_hand.release(message)
        async with self._rows.write() as rows:
            await rows.outbox.show(row.consumer, row.message_id, row.visible_at, row.attempts + 1)
            await rows.outbox.bury(row.consumer, row.message_id, reason)


class NatsDelivery:
    """Fulfils `ports.Delivery`."""

    def __init__(self, row: OutboxRow, message: Msg, desk: Desk) -> None:
        deaths = message.metadata.num_delivered - 1
        self._row = replace(row, attempts=row.attempts + deaths)
        self._sent = message
        self._desk = desk

    @property
    def message(self) -> Message:
        """The message."""
        return message_of(self._row)

    @property
    def attempt(self) -> int:
        """1 for the first delivery."""
        return self._row.attempts + 1

    async def ack(self) -> None:
        """Done: it is removed with the next fetch."""
        self._desk.done(self._row, self._sent)

    async def retry(self, delay: float, *, counts: bool = True) -> None:
        """Deliver it again after this many seconds."""
        await self._desk.show(self._row, self._sent, delay, self._row.attempts + counts)

    async def bury(self, reason: str) -> None:
        """Keep it among the dead letters."""
        await self._desk.bury(self._row, self._sent, reason)
