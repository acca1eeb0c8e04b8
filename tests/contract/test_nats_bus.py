"""What NATS adds to the outbox, with real relays, real time and a real server that is killed."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.adapters.bus_choice import Access, BusHost, Queue
from services.adapters.bus_host import open_wires
from services.adapters.nats.connection import Connection
from services.adapters.nats.relay import Pace
from services.adapters.nats.server import nats_server
from services.adapters.nats.stages import Load
from services.adapters.outbox import OutboxBus, rows_for
from services.adapters.rows import RowStore
from services.adapters.sql import open_sqlite
from services.domain.consuming import Patience, consume
from services.domain.errors import Unavailable
from services.domain.identity import OwnerId
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import EventBus
from tests.nats_queue import installed, queue_of_its_own

SOON = Patience(first_delay=0.1, longest_delay=0.3, poll=0.3)
NOW = datetime.now(UTC)


@pytest.fixture
async def rows(tmp_path: Path) -> AsyncIterator[RowStore]:
    store = await open_sqlite(tmp_path / "catalog.db")
    yield store
    await store.close()


@asynccontextmanager
async def opened(rows: RowStore, access: Access, queue: Queue) -> AsyncIterator[EventBus]:
    """A process's bus."""
    host = BusHost(access.url, access, queue)
    async with open_wires(host, Path()) as wires, wires.bus(rows, alone=False) as bus:
        yield bus


async def publish(rows: RowStore, owner: str, subjects: list[str]) -> None:
    messages = [Message.of(MessageType.ASSET_STORED, OwnerId(owner), s, NOW) for s in subjects]
    async with rows.write() as changes:
        await changes.outbox.add([row for message in messages for row in rows_for(message)])


class Handler:
    """Counts what it handles, so fast."""

    def __init__(self, seconds: float = 0.0) -> None:
        self.handled: Counter[str] = Counter()
        self.when: dict[str, float] = {}
        self._seconds = seconds
        self._more = asyncio.Event()

    async def __call__(self, message: Message) -> None:
        await asyncio.sleep(self._seconds)
        self.handled[message.subject] += 1
        self.when[message.subject] = time.monotonic()
        self._more.set()

    async def saw(self, seconds: float, subjects: Sequence[str] = (), count: int = 0) -> None:
        """Wait until it has handled all of these, and so many."""
        async with asyncio.timeout(seconds):
            while len(self.handled) < count or not self.handled.keys() >= set(subjects):
                self._more.clear()
                await self._more.wait()


@asynccontextmanager
async def consuming(bus: EventBus, handler: Handler, concurrency: int = 8) -> AsyncIterator[None]:
    stop = asyncio.Event()
    working = asyncio.create_task(
        consume(bus, Consumer.METADATA, handler, concurrency=concurrency, stop=stop, patience=SOON)
    )
    try:
        yield
    finally:
        stop.set()
        await working


def names(count: int, prefix: str = "") -> list[str]:
    return [f"{prefix}{number}" for number in range(count)]


@pytest.mark.slow
async def test_ten_photos_overtake_a_hundred_thousand_of_somebody_else(rows, nats):
    await publish(rows, "ana", names(100_000, "a"))
    handler = Handler(seconds=0.02)
    async with opened(rows, nats, queue_of_its_own()) as bus, consuming(bus, handler):
        await handler.saw(60, count=100)
        began, ben = time.monotonic(), names(10, "b")
        await publish(rows, "ben", ben)
        await handler.saw(15, ben)
    waited = max(handler.when[subject] for subject in ben) - began
    print(f"the last of ten was done {waited:.1f} s after they came")
    assert waited < 10


async def test_two_processes_share_the_work_and_do_nothing_twice(rows, nats):
    queue, subjects, one, two = queue_of_its_own(), names(300), Handler(0.005), Handler(0.005)
    async with opened(rows, nats, queue) as first, opened(rows, nats, queue) as second:
        async with consuming(first, one), consuming(second, two):
            await publish(rows, "ana", subjects)
            await asyncio.gather(one.saw(30, count=30), two.saw(30, count=30))
            async with asyncio.timeout(30):
                while await first.pending(Consumer.METADATA):  # noqa: ASYNC110 - the table is what is asked
                    await asyncio.sleep(0.1)
        both = one.handled + two.handled
        assert both.keys() == set(subjects)
        assert set(both.values()) == {1}


async def test_a_message_stays_with_who_works_on_it_however_long(rows, nats):
    queue = queue_of_its_own()
    async with opened(rows, nats, queue) as first, opened(rows, nats, queue) as second:
        await publish(rows, "ana", ["a"])
        (delivery,) = await first.fetch(Consumer.METADATA, 1, 5)
        assert await second.fetch(Consumer.METADATA, 1, 3 * queue.ack_wait) == []
        await delivery.ack()
        assert await first.pending(Consumer.METADATA) == 0


async def test_a_killed_server_loses_nothing(rows, tmp_path):
    subjects, handler = names(400), Handler(0.01)
    async with nats_server(installed(), tmp_path / "nats") as server:
        async with opened(rows, server.access, queue_of_its_own()) as bus, consuming(bus, handler):
            await publish(rows, "ana", subjects)
            for _ in range(3):
                await asyncio.sleep(0.4)
                await server.ready()
                assert server.pid
                os.kill(server.pid, signal.SIGKILL)
                await publish(rows, "ben", [])  # whoever uploads takes no notice
            await handler.saw(30, subjects)
        assert await bus.pending(Consumer.METADATA) == 0
    assert sum(handler.handled.values()) - len(subjects) <= 8 * 3


async def test_a_server_that_lost_its_disk_is_filled_again(rows, nats):
    queue = queue_of_its_own()
    async with opened(rows, nats, queue) as bus:
        await publish(rows, "ana", ["a"])
        await bus.fetch(Consumer.METADATA, 1, 5)
        await publish(rows, "ana", ["b"])
        await asyncio.sleep(0.5)
        connection = Connection(nats)
        await (await connection.jetstream()).delete_stream(f"{queue.prefix}-metadata")
        await connection.close()
        async with rows.write() as changes:  # as time does with leases
            await changes.outbox.show_all(0)
        found: set[str] = set()
        async with asyncio.timeout(20):
            while found != {"a", "b"}:
                try:
                    found |= {d.message.subject for d in await bus.fetch(Consumer.METADATA, 10, 1)}
                except Unavailable:
                    continue


async def test_without_a_server_work_waits(rows, tmp_path):
    async with opened(rows, Access("nats://127.0.0.1:9"), queue_of_its_own()) as bus:
        await publish(rows, "ana", ["a"])
        with pytest.raises(Unavailable):
            await bus.fetch(Consumer.METADATA, 1, 0.1)
        assert await bus.pending(Consumer.METADATA) == 1


async def test_a_wrong_token_is_not_let_in(nats):
    connection = Connection(Access(nats.url, "wrong"))
    assert not await connection.answers()
    await connection.close()


async def test_signals_cross_processes(nats):
    host = BusHost(nats.url, nats, queue_of_its_own())
    async with open_wires(host, Path()) as one, open_wires(host, Path()) as two:
        waiting = asyncio.create_task(one.signals.wait("stories:ana", 20))
        other = asyncio.create_task(one.signals.wait("stories:ben", 0.5))
        async with asyncio.timeout(10):
            while not waiting.done():
                two.signals.notify("stories:ana")
                await asyncio.sleep(0.05)
        assert await waiting
        assert not await other


def test_the_pace_follows_what_a_stage_takes():
    pace = Pace()
    assert pace.room(Load(0, 0, 0), 0.0) == 32
    for second in range(1, 20):
        room = pace.room(Load(0, 0, 500 * second), float(second))
    assert room == 500
    assert pace.room(Load(600, 600, 500 * 19), 19.1) == 0


async def test_the_outbox_alone_needs_no_server(rows):
    async with open_wires(BusHost(), Path()) as wires, wires.bus(rows, alone=True) as bus:
        assert isinstance(bus, OutboxBus)
