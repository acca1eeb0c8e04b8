"""The streams of the stages: names, settings, and how messages go in and come out.

A stage's stream is a work queue: a message leaves it when it is acknowledged. It carries no more than the id
of a row of the outbox, so nothing that tells of an owner is with the queue, and erasing an owner need not
reach it.

The id is a token of the subject, and a subject holds one message at most: a row that is in the stream,
waiting or in somebody's hands, cannot come into it twice, however late a relay offers it again. The Msg-Id,
which names one turn of a relay, covers what that leaves: a publish that is sent again after its message was
done.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from nats.aio.msg import Msg
from nats.js.api import (
    AckPolicy,
    ConsumerConfig,
    DiscardPolicy,
    Header,
    RetentionPolicy,
    StorageType,
    StreamConfig,
)
from nats.js.client import JetStreamContext
from nats.js.errors import APIError, NotFoundError

from services.adapters.bus_choice import Queue
from services.adapters.nats.connection import Connection, translated
from services.adapters.outbox_rows import OutboxRow
from services.domain.leases import partition_of
from services.domain.messages import Consumer

_STREAM_NAME_TAKEN: Final = 10058
_SUBJECT_TAKEN: Final = "maximum messages per subject exceeded"
"""Its code is that of every failure to store."""
_DEDUPLICATED_S: Final = 300.0
_SOONEST_S: Final = 0.2
"""A pull that does not wait takes as long at most."""


@dataclass(frozen=True, slots=True)
class Load:
    """What is in a stage's stream."""

    messages: int
    waiting: int
    """Of them, those that nobody has been given yet."""
    taken: int
    """How many were ever given to somebody."""


class Stages:
    """Every stage's stream over one connection."""

    def __init__(self, connection: Connection, queue: Queue = Queue()) -> None:
        self._connection = connection
        self._queue = queue
        self._opening = asyncio.Lock()
        self._open: set[Consumer] = set()
        self._pulls: dict[Consumer, JetStreamContext.PullSubscription] = {}

    @property
    def ack_wait(self) -> float:
        """Seconds without a sign of life after which somebody else gets a message."""
        return self._queue.ack_wait

    async def publish(self, consumer: Consumer, rows: Sequence[OutboxRow]) -> list[bool]:
        """Put the messages of rows into the stage's stream, in this order.

        Returns:
            For each whether it is there, on the disk; those that are not may come to be yet.

        Raises:
            Unavailable: Any of them may be there, or not.
        """
        stream = await self._stream(consumer)
        # Together, and in order: the client has written a publish before it waits for the answer.
        answers = (self._publish(stream, row) for row in rows)
        with translated():
            return await asyncio.gather(*answers)

    async def _publish(self, stream: JetStreamContext, row: OutboxRow) -> bool:
        subject = f"{self._subject(row.consumer)}.{partition_of(row.owner):02}.{row.message_id}"
        turn = {Header.MSG_ID.value: f"{row.message_id}.{row.visible_at}"}
        try:
            await stream.publish(subject, headers=turn)
        except APIError as error:
            return error.description == _SUBJECT_TAKEN
        except TimeoutError:
            return False
        return True

    async def pull(self, consumer: Consumer, limit: int, timeout: float) -> list[Msg]:
        """Take messages, waiting up to `timeout` seconds for the first; raise Unavailable."""
        pull = await self._pull(consumer)
        with translated():
            try:
                return await pull.fetch(limit, timeout=max(timeout, _SOONEST_S))
            except TimeoutError:
                return []
            except APIError:
                self.forget(consumer)
                raise

    async def load(self, consumer: Consumer) -> Load:
        """Return what is in the stage's stream; raise Unavailable."""
        stream = await self._stream(consumer)
        with translated():
            try:
                info = await stream.consumer_info(self._name(consumer), consumer)
            except NotFoundError:
                self.forget(consumer)
                raise
        waiting, given = info.num_pending or 0, info.num_ack_pending or 0
        return Load(waiting + given, waiting, info.delivered.stream_seq if info.delivered else 0)

    def forget(self, consumer: Consumer) -> None:
        """Make the stream anew with the next use: the server has lost it."""
        self._open.discard(consumer)
        self._pulls.pop(consumer, None)

    async def _pull(self, consumer: Consumer) -> JetStreamContext.PullSubscription:
        stream = await self._stream(consumer)
        if consumer not in self._pulls:
            with translated():
                self._pulls[consumer] = await stream.pull_subscribe_bind(consumer, self._name(consumer))
        return self._pulls[consumer]

    async def _stream(self, consumer: Consumer) -> JetStreamContext:
        context = await self._connection.jetstream()
        async with self._opening:
            if consumer not in self._open:
                with translated():
                    await self._create(context, consumer)
                self._open.add(consumer)
        return context

    async def _create(self, context: JetStreamContext, consumer: Consumer) -> None:
        stream = StreamConfig(
            name=self._name(consumer),
            subjects=[f"{self._subject(consumer)}.>"],
            retention=RetentionPolicy.WORK_QUEUE,
            storage=StorageType.FILE,
            num_replicas=self._queue.replicas,
            discard=DiscardPolicy.NEW,
            discard_new_per_subject=True,
            max_msgs_per_subject=1,
            duplicate_window=_DEDUPLICATED_S,
        )
        try:
            await context.add_stream(stream)
        except APIError as error:
            if error.err_code != _STREAM_NAME_TAKEN:
                raise
            await context.update_stream(stream)
        durable = ConsumerConfig(
            durable_name=consumer,
            ack_policy=AckPolicy.EXPLICIT,
            ack_wait=self._queue.ack_wait,
            max_ack_pending=self._queue.in_hand,
        )
        await context.add_consumer(self._name(consumer), durable)

    def _name(self, consumer: str) -> str:
        return f"{self._queue.prefix}-{consumer}"

    def _subject(self, consumer: str) -> str:
        return f"{self._queue.prefix}.work.{consumer}"


def ids_of(messages: Sequence[Msg]) -> list[str]:
    """Return the ids of the rows that messages speak of."""
    return [message.subject.rpartition(".")[2] for message in messages]
