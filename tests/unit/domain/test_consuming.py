"""The consuming loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import pytest

from services.adapters.clock import SystemClock
from services.adapters.memory import MemoryRowStore
from services.adapters.outbox import OutboxBus
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.signals import LocalSignals
from services.domain.consuming import Patience, consume
from services.domain.errors import (
    Conflict,
    ConsentRequired,
    FailedPrecondition,
    NotFound,
    StoryrollError,
    Unavailable,
)
from services.domain.identity import OwnerId
from services.domain.messages import Consumer, Message, MessageType

ANA = OwnerId("ana")
QUICK = Patience(attempts=3, deaths=3, first_delay=0.01, longest_delay=0.02, poll=0.05)


class Bench:
    """A bus with a recording handler that fails as told."""

    def __init__(self) -> None:
        rows, signals = MemoryRowStore(), LocalSignals()
        self.catalog = SealedCatalog(rows, EnvelopeKeyRing(rows, AesSealingKey(bytes(32))), signals)
        self.bus = OutboxBus(rows, SystemClock(), signals)
        self.handled: list[str] = []
        self.failures: list[Exception] = []

    async def publish(self, *subjects: str) -> None:
        async with self.catalog.transaction(ANA) as tx:
            for subject in subjects:
                await tx.publish(Message.of(MessageType.ASSET_STORED, ANA, subject, datetime.now(UTC)))

    async def handle(self, message: Message) -> None:
        self.handled.append(message.subject)
        if self.failures:
            raise self.failures.pop(0)

    @asynccontextmanager
    async def consuming(self, handle: Callable | None = None, concurrency: int = 1) -> AsyncIterator[None]:
        stop = asyncio.Event()
        worker = asyncio.create_task(
            consume(
                self.bus,
                Consumer.METADATA,
                handle or self.handle,
                concurrency=concurrency,
                stop=stop,
                patience=QUICK,
            )
        )
        yield
        stop.set()
        await worker

    async def idle(self) -> None:
        async with asyncio.timeout(10):
            while await self.bus.pending(Consumer.METADATA):  # noqa: ASYNC110 - the table is what is asked
                await asyncio.sleep(0.01)

    async def reasons(self) -> list[str]:
        return [letter.reason for letter in await self.bus.dead_letters(Consumer.METADATA)]


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def run(bench: Bench, *failures: Exception) -> None:
    bench.failures = list(failures)
    await bench.publish("a")
    async with bench.consuming():
        await bench.idle()


async def test_handles_everything_once(bench: Bench) -> None:
    await bench.publish(*"abc")
    async with bench.consuming(concurrency=2):
        await bench.idle()
    assert sorted(bench.handled) == ["a", "b", "c"]


async def test_an_outage_is_waited_out_however_often(bench: Bench) -> None:
    await run(bench, *[Unavailable("the vault is away", retry_after=0)] * 6)
    assert bench.handled == ["a"] * 7
    assert await bench.reasons() == []


def test_after_a_long_outage_nobody_waits_for_long() -> None:
    patience = Patience(first_delay=1.0, longest_delay=60.0, longest_pause=5.0)
    assert patience.delay(20) >= 30.0
    assert patience.pause(20) == 5.0
    assert patience.pause(1) <= 1.0


@pytest.mark.parametrize("gone", [NotFound("deleted"), ConsentRequired("faces")])
async def test_what_is_gone_needs_no_handling(bench: Bench, gone: StoryrollError) -> None:
    await run(bench, gone)
    assert bench.handled == ["a"]
    assert await bench.reasons() == []


async def test_what_cannot_heal_is_buried_at_once(bench: Bench) -> None:
    await run(bench, FailedPrecondition("no model of this name"))
    assert bench.handled == ["a"]
    assert await bench.reasons() == ["FailedPrecondition: no model of this name"]


async def test_a_defect_is_tried_again_then_buried_without_its_text(bench: Bench) -> None:
    await run(bench, Conflict("again"), *[ValueError("Ana in Lisbon")] * 3)
    assert bench.handled == ["a"] * 4
    (reason,) = await bench.reasons()
    assert reason.startswith("ValueError at test_consuming.py:")
    assert "Lisbon" not in reason


async def test_a_message_that_kills_the_process_is_buried_in_the_end(bench: Bench) -> None:
    await bench.publish("a")
    for _ in range(3):
        await bench.bus.fetch(Consumer.METADATA, 1, 0)
        await bench.bus.recover()
    async with bench.consuming():
        await bench.idle()
    assert bench.handled == []
    assert await bench.reasons() == ["the process died each time while it was handled"]


async def test_a_stop_finishes_what_is_in_hand_and_hands_back_the_rest(bench: Bench) -> None:
    await bench.publish("a", "b", "c")
    begun, finished = asyncio.Event(), []

    async def slow(message: Message) -> None:
        begun.set()
        await asyncio.sleep(0.1)
        finished.append(message.subject)

    async with bench.consuming(slow):
        await begun.wait()
    left = await bench.bus.fetch(Consumer.METADATA, 10, 0)
    assert len(finished) + len(left) == 3
    assert finished
    assert all(delivery.attempt == 1 for delivery in left)
