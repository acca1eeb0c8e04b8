"""The event bus of one process: the outbox table of the row store itself."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from services.adapters.outbox_rows import OutboxRow
from services.adapters.rows import RowStore, microseconds, moment
from services.domain.identity import OwnerId, new_id
from services.domain.leases import Lease, partition_of
from services.domain.messages import ROUTES, Consumer, Message, MessageType
from services.domain.ports import Clock, Lag, Signals
from services.domain.traces import current_trace

LEASE = timedelta(minutes=10)
"""How long a consumer may work on a message before somebody else gets it."""
POLL = 0.5
"""Seconds after which the table is looked at again without being woken."""


def topic(consumer: Consumer) -> str:
    """Return the signal that wakes a consumer."""
    return f"outbox/{consumer}"


def rows_for(message: Message) -> list[OutboxRow]:
    """Return a message as rows, one for each consumer that it is routed to."""
    created, id_ = microseconds(message.created_at), message.id or new_id()
    trace = message.trace or current_trace()
    return [
        OutboxRow(consumer, id_, message.type, message.owner, message.subject, created, trace=trace)
        for consumer in ROUTES[message.type]
    ]


@dataclass(frozen=True, slots=True)
class Terms:
    """On which terms whoever fetches gets a message."""

    lease: timedelta = LEASE
    counts: bool = True
    """Whether it was an attempt, should nobody settle it before the lease ends."""


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """A message that a consumer gave up on, and why."""

    message: Message
    attempts: int
    reason: str


class OutboxBus:
    """Fulfils `ports.EventBus`: round robin between owners, each owner's newest message first.

    Newest first, for the photo just taken is the one its owner waits for; round robin, so that one owner's
    hundred thousand do not stand before another's ten. Acknowledgements are written with the next fetch, all
    in one commit: a process that dies before it has the last few messages delivered twice.
    """

    def __init__(self, rows: RowStore, clock: Clock, signals: Signals, terms: Terms = Terms()) -> None:
        self._rows = rows
        self._clock = clock
        self._signals = signals
        self._terms = terms
        self._served: dict[Consumer, str] = {}
        self._done: dict[Consumer, list[str]] = {consumer: [] for consumer in Consumer}

    async def fetch(
        self, consumer: Consumer, limit: int, timeout: float, leases: Sequence[Lease] | None = None
    ) -> list[OutboxDelivery]:
        """Take up to `limit` messages, waiting up to `timeout` seconds for the first."""
        deadline = time.monotonic() + timeout
        while True:
            await self._write_acknowledged(consumer)
            found = await self._take(consumer, limit, leases)
            left = deadline - time.monotonic()
            if found or left <= 0:
                return [OutboxDelivery(self._rows, self._clock, row, self._done[consumer]) for row in found]
            await self._signals.wait(topic(consumer), min(left, POLL))

    async def pending(self, consumer: Consumer) -> int:
        """Return how many messages wait for or are with the consumer."""
        await self._write_acknowledged(consumer)
        async with self._rows.read() as rows:
            return await rows.outbox.pending(consumer)

    async def lag(self, consumer: Consumer) -> Lag:
        """Return how far the consumer is behind."""
        async with self._rows.read() as rows:
            pending, oldest = await rows.outbox.pending(consumer), await rows.outbox.oldest(consumer)
            dead = len(await rows.outbox.dead(consumer))
        return Lag(pending, 0.0 if oldest is None else max(0.0, (self._now() - oldest) / 1e6), dead)

    async def dead_letters(self, consumer: Consumer) -> list[DeadLetter]:
        """Return the messages that the consumer gave up on, newest first."""
        async with self._rows.read() as rows:
            return [DeadLetter(message_of(r), r.attempts, r.reason) for r in await rows.outbox.dead(consumer)]

    async def replay(self, consumer: Consumer, ids: Sequence[str]) -> int:
        """Deliver dead letters again, as if for the first time; return how many there were."""
        async with self._rows.write() as rows:
            revived = await rows.outbox.revive(consumer, ids, self._now())
        self._signals.notify(topic(consumer))
        return revived

    async def redeliver(self, consumer: Consumer, leases: Sequence[Lease]) -> None:
        """Deliver at once what whoever held these leases before had taken."""
        async with self._rows.write() as rows:
            now = self._now()
            taken = _leased(await rows.outbox.taken_owners(consumer, now), leases)
            await rows.outbox.show_owners(consumer, taken, now)

    async def recover(self) -> None:
        """Deliver at once what a killed process had taken; for the only process on a store, at its start."""
        async with self._rows.write() as rows:
            await rows.outbox.show_all(self._now())

    async def _write_acknowledged(self, consumer: Consumer) -> None:
        done = self._done[consumer][:]
        if not done:
            return
        self._done[consumer].clear()  # whoever else comes here meanwhile has others to write
        try:
            async with self._rows.write() as rows:
                await rows.outbox.remove(consumer, done)
        except BaseException:
            self._done[consumer].extend(done)
            raise

    async def _take(self, consumer: Consumer, limit: int, leases: Sequence[Lease] | None) -> list[OutboxRow]:
        now = self._now()
        async with self._rows.read() as rows:  # looking costs readers nothing; taking makes writers wait
            if not _leased(await rows.outbox.ready_owners(consumer, now), leases):
                return []
        async with self._rows.write() as rows:
            if leases is not None:
                leases = await rows.leases.in_force(leases)
            ready = _leased(await rows.outbox.ready_owners(consumer, now), leases)
            owners = _after(ready, self._served.get(consumer, ""))
            queues = [await rows.outbox.newest(consumer, owner, now, limit) for owner in owners[:limit]]
            taken = _round_robin(queues, limit)
            until = now + self._terms.lease // timedelta(microseconds=1)
            ids = [row.message_id for row in taken]
            await rows.outbox.lease(consumer, ids, until, attempts=int(self._terms.counts))
        if taken:
            self._served[consumer] = taken[-1].owner
        return taken

    def _now(self) -> int:
        return microseconds(self._clock.now())


class OutboxDelivery:
    """Fulfils `ports.Delivery`."""

    def __init__(self, rows: RowStore, clock: Clock, row: OutboxRow, done: list[str]) -> None:
        self._rows = rows
        self._clock = clock
        self._row = row
        self._done = done

    @property
    def row(self) -> OutboxRow:
        """The row as it was before it was taken."""
        return self._row

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
        self._done.append(self._row.message_id)

    async def retry(self, delay: float, *, counts: bool = True) -> None:
        """Deliver it again after this many seconds."""
        at = microseconds(self._clock.now() + timedelta(seconds=delay))
        attempts = self._row.attempts + counts
        async with self._rows.write() as rows:
            await rows.outbox.show(self._row.consumer, self._row.message_id, at, attempts)

    async def bury(self, reason: str) -> None:
        """Keep it among the dead letters."""
        async with self._rows.write() as rows:
            await rows.outbox.bury(self._row.consumer, self._row.message_id, reason)


def message_of(row: OutboxRow) -> Message:
    """Return the message that a row carries."""
    created: datetime | None = moment(row.created_at)
    assert created is not None, "every message has a time"
    return Message(MessageType(row.type), OwnerId(row.owner), row.subject, created, row.message_id, row.trace)


def _after(owners: Sequence[str], last: str) -> list[str]:
    """Return the owners beginning with the one whose turn comes after `last`."""
    return [owner for owner in owners if owner > last] + [owner for owner in owners if owner <= last]


def _leased(owners: Sequence[str], leases: Sequence[Lease] | None) -> Sequence[str]:
    """Return the owners to whom one of the leases gives a right; without any said, all."""
    if leases is None:
        return owners
    partitions = {lease.partition for lease in leases}
    return [owner for owner in owners if partition_of(owner) in partitions]


def _round_robin(queues: Sequence[Sequence[OutboxRow]], limit: int) -> list[OutboxRow]:
    rounds = range(max(map(len, queues), default=0))
    turns = [queue[turn] for turn in rounds for queue in queues if turn < len(queue)]
    return turns[:limit]
