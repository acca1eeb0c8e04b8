"""When the scheduler plans, what it acknowledges, and what no outage makes it lose."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from services.adapters.clock import FixedClock
from services.adapters.outbox import OutboxBus
from services.domain.consent import Scope
from services.domain.errors import Unavailable
from services.domain.identity import OwnerId
from services.domain.leases import Lease
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Catalog, Delivery, EventBus
from services.scheduler.owner_clock import OwnerClock
from services.scheduler.scheduler import Patience, Scheduler
from services.scheduler.territory import Territory
from tests.stored_library import ANA, BEN, NOW, StoredLibrary

QUICK = Patience(settle=0.05, at_most=0.3, retry=0.01, day_check=10.0, poll=0.02)
TODAY = NOW.date()


class Outages:
    """Fails the first calls of what it stands before, as often as told; passes the others on."""

    def __init__(self, real: object, **failures: int) -> None:
        self._real = real
        self._left = failures

    def __getattr__(self, name: str) -> Any:
        attribute = getattr(self._real, name)
        if not self._left.get(name):
            return attribute

        async def fail(*_: object, **__: object) -> None:
            self._left[name] -= 1
            raise Unavailable(f"{name} is away")

        return fail


class FlakyBus:
    """The real bus, some of whose deliveries cannot be settled."""

    def __init__(self, real: EventBus, **failures: int) -> None:
        self._real = real
        self._failures = failures

    async def fetch(
        self, consumer: Consumer, limit: int, timeout: float, leases: Sequence[Lease] | None = None
    ) -> list[Delivery]:
        deliveries = await self._real.fetch(consumer, limit, timeout, leases)
        return [Outages(delivery, **self._failures) for delivery in deliveries]  # type: ignore[misc]

    async def redeliver(self, consumer: Consumer, leases: Sequence[Lease]) -> None:
        await self._real.redeliver(consumer, leases)


@dataclass
class Bench:
    """A scheduler over the real bus and catalog, with a plan that records and fails as told."""

    library: StoredLibrary
    patience: Patience = QUICK
    planned: list[tuple[str, date]] = field(default_factory=list)
    failures: list[Exception] = field(default_factory=list)
    forgotten: list[OwnerId] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.clock = OwnerClock(self.library.clock)

    async def plan(self, owner: OwnerId, today: date) -> None:
        self.planned.append((owner, today))
        if self.failures:
            raise self.failures.pop(0)

    async def publish(self, *subjects: str, owner: OwnerId = ANA) -> None:
        async with self.library.catalog.transaction(owner) as tx:
            for subject in subjects:
                await tx.publish(Message.of(MessageType.ASSET_ANALYSED, owner, subject, NOW))

    async def pending(self) -> int:
        return await self.library.bus.pending(Consumer.SCHEDULER)

    async def until(self, condition: Callable[[], bool]) -> None:
        async with asyncio.timeout(10):
            while not condition():  # noqa: ASYNC110 - the record is what is asked
                await asyncio.sleep(0.005)

    async def idle(self) -> None:
        async with asyncio.timeout(10):
            while await self.pending():  # noqa: ASYNC110 - the table is what is asked
                await asyncio.sleep(0.005)

    @asynccontextmanager
    async def running(self, bus: Any = None, catalog: Any = None) -> AsyncIterator[None]:
        stop = asyncio.Event()
        ports: tuple[EventBus, Catalog] = (bus or self.library.bus, catalog or self.library.catalog)
        scheduler = Scheduler(
            *ports,
            Territory(self.library.leases, lasts=12),
            self.clock.today,
            self.plan,
            patience=self.patience,
            forget=self.forgotten.append,
        )
        working = asyncio.create_task(scheduler.run(stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(5):
                await working


@pytest.fixture
async def bench(tmp_path: Path) -> Bench:
    """Nobody has an account yet, so that no day is planned unless a test grants something."""
    library = StoredLibrary.in_memory(tmp_path)
    return Bench(library)


async def test_a_burst_of_uploads_is_planned_once(bench: Bench) -> None:
    bench.patience = replace(QUICK, settle=0.5, at_most=5.0)
    async with bench.running():
        for subject in "abcde":
            await bench.publish(subject)
            await asyncio.sleep(0.01)
        await bench.idle()
    assert bench.planned == [(ANA, TODAY)]


async def test_stories_appear_while_a_large_upload_still_runs(bench: Bench) -> None:
    bench.patience = replace(QUICK, settle=5.0, at_most=0.1)
    async with bench.running():
        for number in itertools.count():
            await bench.publish(f"a{number}")
            await asyncio.sleep(0.01)
            if len(bench.planned) == 2:
                break
            assert number < 500, "the upload never settled and was never planned"


async def test_nothing_is_planned_before_uploads_settle(bench: Bench) -> None:
    bench.patience = replace(QUICK, settle=0.5, at_most=5.0)
    async with bench.running():
        await bench.publish("a")
        await asyncio.sleep(0.2)
        assert bench.planned == []
        await bench.until(lambda: bool(bench.planned))


async def test_each_owner_is_planned_alone(bench: Bench) -> None:
    async with bench.running():
        await bench.publish("a")
        await bench.publish("b", owner=BEN)
        await bench.idle()
    assert sorted(bench.planned) == [(ANA, TODAY), (BEN, TODAY)]


async def test_a_message_is_acknowledged_only_after_the_plan(bench: Bench) -> None:
    waiting: list[int] = []

    async def plan(owner: OwnerId, today: date) -> None:
        waiting.append(await bench.pending())

    bench.plan = plan  # type: ignore[method-assign]
    await bench.publish("a", "b")
    async with bench.running():
        await bench.idle()
    assert waiting == [2]


@pytest.mark.parametrize("failure", [Unavailable("the catalog is away"), ValueError("Ana in Lisbon")])
async def test_a_plan_that_fails_is_tried_again(
    bench: Bench, failure: Exception, caplog: pytest.LogCaptureFixture
) -> None:
    bench.failures = [failure] * 2
    await bench.publish("a")
    async with bench.running():
        await bench.idle()
    assert bench.planned == [(ANA, TODAY)] * 3
    assert type(failure).__name__ in caplog.text
    assert "Lisbon" not in caplog.text


async def test_an_outage_of_the_bus_is_waited_out(bench: Bench) -> None:
    await bench.publish("a")
    async with bench.running(bus=Outages(bench.library.bus, fetch=3)):
        await bench.idle()
    assert bench.planned == [(ANA, TODAY)]


async def test_what_cannot_be_acknowledged_comes_again(bench: Bench) -> None:
    bus = bench.library.bus
    assert isinstance(bus, OutboxBus)
    await bench.publish("a", "b")
    async with bench.running(bus=FlakyBus(bus, ack=1)):
        await bench.until(lambda: bool(bench.planned))
        await asyncio.sleep(0.05)
    assert await bench.pending() == 2
    await bus.recover()
    async with bench.running():
        await bench.idle()
    assert bench.planned == [(ANA, TODAY)] * 2


async def test_what_cannot_be_handed_back_does_not_end_it(bench: Bench) -> None:
    bench.failures = [Unavailable("the catalog is away")]
    await bench.publish("a")
    async with bench.running(bus=FlakyBus(bench.library.bus, retry=1)):
        await bench.until(lambda: bool(bench.planned))
        await bench.publish("b")
        await bench.until(lambda: len(bench.planned) == 2)
    assert await bench.pending() == 1


async def test_a_new_day_plans_everybody(bench: Bench) -> None:
    for owner in (ANA, BEN):
        await replace(bench.library, owner=owner).grant(Scope.CLOUD_PROCESSING)
    bench.patience = replace(QUICK, day_check=0.01)
    clock = bench.library.clock
    assert isinstance(clock, FixedClock)
    async with bench.running():
        await bench.until(lambda: len(bench.planned) == 2)
        await asyncio.sleep(0.05)
        clock.advance(timedelta(days=1))
        await bench.until(lambda: len(bench.planned) == 4)
        await asyncio.sleep(0.05)
    tomorrow = TODAY + timedelta(days=1)
    assert bench.planned == [(ANA, TODAY), (BEN, TODAY), (ANA, tomorrow), (BEN, tomorrow)]


async def test_a_day_begins_where_the_owner_lives(bench: Bench) -> None:
    for owner in (ANA, BEN):
        await replace(bench.library, owner=owner).grant(Scope.CLOUD_PROCESSING)
    assert bench.clock.lives_in(ANA, ZoneInfo("Pacific/Auckland")), "it is past midnight there"
    bench.patience = replace(QUICK, day_check=0.01)
    clock = bench.library.clock
    assert isinstance(clock, FixedClock)
    async with bench.running():
        await bench.until(lambda: len(bench.planned) == 2)
        clock.advance(timedelta(hours=13))
        await bench.until(lambda: len(bench.planned) == 3)
        await asyncio.sleep(0.05)
    tomorrow = TODAY + timedelta(days=1)
    assert bench.planned == [(ANA, tomorrow), (BEN, TODAY), (BEN, tomorrow)]


async def test_a_day_that_cannot_be_planned_is_planned_later(bench: Bench) -> None:
    for owner in (ANA, BEN):
        await replace(bench.library, owner=owner).grant(Scope.CLOUD_PROCESSING)
    bench.patience = replace(QUICK, day_check=0.01)
    bench.failures = [Unavailable("the catalog is away")]
    async with bench.running(catalog=Outages(bench.library.catalog, owners=2)):
        await bench.until(lambda: len(bench.planned) == 3)
        await asyncio.sleep(0.05)
    assert bench.planned == [(ANA, TODAY), (BEN, TODAY), (ANA, TODAY)]


async def test_nothing_is_held_of_an_owner_who_is_erased(bench: Bench) -> None:
    for owner in (ANA, BEN):
        await replace(bench.library, owner=owner).grant(Scope.CLOUD_PROCESSING)
    bench.patience = replace(QUICK, day_check=0.01)
    async with bench.running():
        await bench.until(lambda: len(bench.planned) == 2)
        assert bench.forgotten == []
        await bench.library.catalog.erase(ANA, None)
        await bench.until(lambda: bool(bench.forgotten))
    assert bench.forgotten == [ANA]


async def test_a_stop_hands_back_what_waits(bench: Bench) -> None:
    bench.patience = replace(QUICK, settle=60.0, at_most=60.0)
    await bench.publish("a", "b")
    async with bench.running():
        await asyncio.sleep(0.1)
        assert await bench.library.bus.fetch(Consumer.SCHEDULER, 10, 0) == []
    assert bench.planned == []
    left = await bench.library.bus.fetch(Consumer.SCHEDULER, 10, 0)
    assert [delivery.attempt for delivery in left] == [1, 1]
