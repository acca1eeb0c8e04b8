"""What every EventBus must do: the outbox alone, and NATS that is filled from it."""

from __future__ import annotations

import asyncio
import time
from datetime import timedelta

import pytest

from services.domain.errors import Conflict
from services.domain.identity import OwnerId
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Lag
from services.domain.traces import within_trace
from tests.nats_queue import HandDrivenBus

TRACE = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"
ANA, BEN = OwnerId("ana"), OwnerId("ben")


class OnOutbox:
    """The outbox alone, with what happens to it in a test."""

    def __init__(self, storage) -> None:
        self.catalog, self.clock, self.bus = storage.catalog, storage.clock, storage.bus

    async def kill_consumer(self) -> None:
        """Let so much time pass after a consumer's death that somebody else gets what it had."""
        self.clock.advance(timedelta(minutes=11))


class OnNats:
    """NATS over the same outbox."""

    def __init__(self, storage, access) -> None:
        self.catalog, self.clock = storage.catalog, storage.clock
        self._parts = (storage.kept.rows, storage.clock, storage.signals, access)
        self.bus = HandDrivenBus(*self._parts)

    async def kill_consumer(self) -> None:
        """Lose the connection with all that it held; the queue finds out by itself."""
        queue = self.bus.queue
        await self.bus.close()
        await asyncio.sleep(1.5 * queue.ack_wait)
        self.bus = HandDrivenBus(*self._parts, queue)


@pytest.fixture(params=["outbox", "nats"])
async def storage(request, storage):
    if request.param == "outbox":
        yield OnOutbox(storage)
    else:
        queued = OnNats(storage, request.getfixturevalue("nats"))
        yield queued
        await queued.bus.close()


async def publish(storage, *subjects: str, owner: OwnerId = ANA, type_=MessageType.ASSET_STORED) -> None:
    for subject in subjects:
        storage.clock.advance(timedelta(seconds=1))
        async with storage.catalog.transaction(owner) as tx:
            await tx.publish(Message.of(type_, owner, subject, storage.clock.now()))


async def fetch(storage, limit: int = 10, consumer: Consumer = Consumer.METADATA) -> list[str]:
    return [d.message.subject for d in await storage.bus.fetch(consumer, limit, 0)]


async def test_every_consumer_that_it_is_routed_to_gets_a_message(storage):
    await publish(storage, "a", type_=MessageType.ASSET_DESCRIBED)
    assert await fetch(storage, consumer=Consumer.INFERENCE) == ["a"]
    assert await fetch(storage, consumer=Consumer.SCHEDULER) == ["a"]
    assert await fetch(storage, consumer=Consumer.METADATA) == []


async def test_a_message_arrives_as_it_was_published(storage):
    sent = Message.of(MessageType.ASSET_STORED, ANA, "a", storage.clock.now())
    async with storage.catalog.transaction(ANA) as tx:
        await tx.publish(sent)
        await tx.publish(sent)
    (delivery,) = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    assert delivery.message == sent
    assert delivery.attempt == 1


async def test_a_message_belongs_to_the_trace_of_the_work_that_sent_it(storage):
    with within_trace(TRACE):
        await publish(storage, "a")
    await publish(storage, "b")
    found = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    assert {each.message.subject: each.message.trace for each in found} == {"a": TRACE, "b": ""}


async def test_a_transaction_that_fails_publishes_nothing(storage):
    with pytest.raises(Conflict):
        await publish_then_fail(storage)
    assert await fetch(storage) == []


async def publish_then_fail(storage) -> None:
    async with storage.catalog.transaction(ANA) as tx:
        await tx.publish(Message.of(MessageType.ASSET_STORED, ANA, "a", storage.clock.now()))
        raise Conflict("changed meanwhile")


async def test_the_newest_comes_first(storage):
    await publish(storage, "a", "b", "c")
    assert await fetch(storage, 2) == ["c", "b"]
    assert await fetch(storage, 2) == ["a"]


async def test_owners_take_turns(storage):
    await publish(storage, *"abcdefgh")
    await publish(storage, "x", "y", owner=BEN)
    assert await fetch(storage, 4) == ["h", "y", "g", "x"]
    await publish(storage, "z", owner=BEN)
    assert await fetch(storage, 1) == ["f"]
    assert await fetch(storage, 1) == ["z"]


async def test_a_message_is_with_one_consumer_at_a_time_until_it_is_done(storage):
    await publish(storage, "a")
    (delivery,) = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    assert await fetch(storage) == []
    assert await storage.bus.pending(Consumer.METADATA) == 1
    await delivery.ack()
    assert await storage.bus.pending(Consumer.METADATA) == 0
    storage.clock.advance(timedelta(days=1))
    assert await fetch(storage) == []


async def test_whoever_asks_while_messages_are_acknowledged_loses_none(storage):
    await publish(storage, "a", "b")
    first, second = await storage.bus.fetch(Consumer.METADATA, 2, 0)
    await first.ack()
    asking = [asyncio.create_task(storage.bus.pending(Consumer.METADATA)) for _ in range(2)]
    await asyncio.sleep(0)  # both have begun to write
    await second.ack()
    await asyncio.gather(*asking)
    assert await storage.bus.pending(Consumer.METADATA) == 0


async def test_a_retry_comes_back_after_its_delay(storage):
    await publish(storage, "a")
    (delivery,) = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    await delivery.retry(60)
    assert await fetch(storage) == []
    storage.clock.advance(timedelta(seconds=61))
    (again,) = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    assert again.attempt == 2
    await again.retry(0, counts=False)
    (blameless,) = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    assert blameless.attempt == 2


async def test_what_a_killed_consumer_had_comes_back(storage):
    await publish(storage, "a")
    await storage.bus.fetch(Consumer.METADATA, 10, 0)
    await storage.kill_consumer()
    (delivery,) = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    assert delivery.attempt == 2


async def test_dead_letters_are_kept_with_their_reason(storage):
    await publish(storage, "a")
    (delivery,) = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    await delivery.bury("no such codec")
    storage.clock.advance(timedelta(days=1))
    assert await fetch(storage) == []
    assert await storage.bus.pending(Consumer.METADATA) == 0
    (letter,) = await storage.bus.dead_letters(Consumer.METADATA)
    assert (letter.message.subject, letter.attempts, letter.reason) == ("a", 1, "no such codec")


async def test_dead_letters_can_be_replayed(storage):
    await publish(storage, "a", "b")
    for delivery in await storage.bus.fetch(Consumer.METADATA, 10, 0):
        await delivery.bury("no such codec")
    newest, oldest = await storage.bus.dead_letters(Consumer.METADATA)
    assert await storage.bus.replay(Consumer.METADATA, [oldest.message.id]) == 1
    (again,) = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    assert (again.message.subject, again.attempt) == ("a", 1)
    await again.ack()
    assert await storage.bus.pending(Consumer.METADATA) == 0
    assert await storage.bus.replay(Consumer.METADATA, [oldest.message.id, "none"]) == 0
    assert await storage.bus.dead_letters(Consumer.METADATA) == [newest]


async def test_the_lag_is_how_many_wait_and_since_when(storage):
    assert await storage.bus.lag(Consumer.METADATA) == Lag(0, 0.0)
    await publish(storage, "a", "b")
    storage.clock.advance(timedelta(seconds=30))
    await (await storage.bus.fetch(Consumer.METADATA, 1, 0))[0].bury("no such codec")
    assert await storage.bus.lag(Consumer.METADATA) == Lag(1, pytest.approx(31, abs=5), dead=1)


async def test_a_waiting_consumer_is_woken(storage):
    waiting = asyncio.create_task(storage.bus.fetch(Consumer.METADATA, 1, 20))
    await asyncio.sleep(0.1)
    began = time.monotonic()
    await publish(storage, "a")
    assert [d.message.subject for d in await waiting] == ["a"]
    assert time.monotonic() - began < 5


async def test_erasing_an_owner_erases_the_messages(storage):
    await publish(storage, "a")
    await publish(storage, "b", owner=BEN)
    await storage.catalog.erase(ANA, None)
    assert await fetch(storage) == ["b"]


async def test_messages_of_an_erased_owner_do_not_come_back(storage):
    await publish(storage, "a", "b")
    retried, buried = await storage.bus.fetch(Consumer.METADATA, 10, 0)
    await storage.catalog.erase(ANA, None)
    await retried.retry(0)
    await buried.bury("no such codec")
    assert await fetch(storage) == []
    assert await storage.bus.dead_letters(Consumer.METADATA) == []
