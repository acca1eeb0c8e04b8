"""Two schedulers over one database: who plans whom, and what becomes of it when one goes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from services.adapters.clock import SystemClock
from services.adapters.leases import SharedLeases
from services.adapters.memory import MemoryRowStore
from services.domain.consent import Scope
from services.domain.errors import LeaseLost, Unavailable
from services.domain.identity import OwnerId
from services.domain.leases import PARTITIONS, Lease, partition_of
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Leases
from services.scheduler.owner_clock import OwnerClock
from services.scheduler.scheduler import Patience, Scheduler
from services.scheduler.territory import Territory
from tests.stored_library import NOW, StoredLibrary

LASTS = 0.4
OWNERS = [OwnerId(f"owner-{number}") for number in range(24)]
QUICK = Patience(settle=0.05, at_most=0.3, retry=0.01, day_check=0.05, poll=0.02)


class Lasting(SharedLeases):
    """Leases that outlast every pause of a busy machine, however often they are renewed."""

    async def renew(self, lasts: float) -> Sequence[Lease]:
        return await super().renew(3600)


class Pod:
    """A scheduler that notes whom it plans."""

    def __init__(self, library: StoredLibrary, leases: Leases, patience: Patience = QUICK) -> None:
        self.territory = Territory(leases, LASTS)
        self.planned: list[OwnerId] = []
        self.scheduler = Scheduler(
            library.bus,
            library.catalog,
            self.territory,
            OwnerClock(library.clock).today,
            self.plan,
            patience=patience,
        )

    async def plan(self, owner: OwnerId, today: date) -> None:
        self.territory.lease_of(owner)
        self.planned.append(owner)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        stop = asyncio.Event()
        working = asyncio.create_task(self.scheduler.run(stop))
        try:
            yield
        finally:
            stop.set()
            async with asyncio.timeout(20):
                await working

    @property
    def share(self) -> set[int]:
        return {lease.partition for lease in self.territory.leases}


@pytest.fixture
def rows() -> MemoryRowStore:
    return MemoryRowStore()


@pytest.fixture
def library(tmp_path: Path, rows: MemoryRowStore) -> StoredLibrary:
    return StoredLibrary.in_memory(tmp_path, rows=rows)


def pod(library: StoredLibrary, rows: MemoryRowStore, **patience: Any) -> Pod:
    return Pod(library, Lasting(rows, SystemClock()), replace(QUICK, **patience))


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not condition():  # noqa: ASYNC110 - the record is what is asked
            await asyncio.sleep(0.01)


async def publish(library: StoredLibrary) -> None:
    for owner in OWNERS:
        async with library.catalog.transaction(owner) as tx:
            await tx.publish(Message.of(MessageType.ASSET_ANALYSED, owner, "a", NOW))


def shared(*pods: Pod) -> bool:
    return [len(pod.share) for pod in pods] == [PARTITIONS // len(pods)] * len(pods)


async def test_each_owner_is_planned_by_one_of_them(library: StoredLibrary, rows: MemoryRowStore) -> None:
    one, two = pod(library, rows), pod(library, rows)
    async with one.running(), two.running():
        await until(lambda: shared(one, two))
        await publish(library)
        await until(lambda: len(one.planned) + len(two.planned) == len(OWNERS))
    assert sorted(one.planned + two.planned) == sorted(OWNERS)
    assert one.planned
    assert two.planned


async def test_days_too_are_planned_by_one_of_them(library: StoredLibrary, rows: MemoryRowStore) -> None:
    one, two = pod(library, rows), pod(library, rows)
    async with one.running(), two.running():
        await until(lambda: shared(one, two))
        for owner in OWNERS:
            await replace(library, owner=owner).grant(Scope.CLOUD_PROCESSING)
        await until(lambda: len(one.planned) + len(two.planned) == len(OWNERS))
    assert sorted(one.planned + two.planned) == sorted(OWNERS)


async def test_whoever_is_left_takes_up_what_the_other_had(
    library: StoredLibrary, rows: MemoryRowStore
) -> None:
    one, two = pod(library, rows, settle=60.0, at_most=60.0), pod(library, rows)
    async with two.running():
        async with one.running():
            await until(lambda: shared(one, two))
            await publish(library)
            own = [owner for owner in OWNERS if partition_of(owner) in two.share]
            await until(lambda: len(two.planned) == len(own))
        await until(lambda: len(two.planned) == len(OWNERS))
        assert two.share == set(range(PARTITIONS))
    assert one.planned == []
    assert sorted(two.planned) == sorted(OWNERS)
    assert await library.bus.pending(Consumer.SCHEDULER) == 0


async def test_a_territory_survives_that_it_cannot_be_renewed(library: StoredLibrary) -> None:
    class Away:
        """A database that is away now and then."""

        answers = True

        async def renew(self, lasts: float) -> list[Lease]:
            if not self.answers:
                raise Unavailable("the database is away")
            return [Lease(partition, "me", 1) for partition in range(PARTITIONS)]

        async def leave(self) -> None:
            await self.renew(LASTS)

    leases = Away()
    territory = Territory(leases, 0.01)
    async with territory.kept():
        assert OWNERS[0] in territory
        leases.answers = False
        await asyncio.sleep(0.05)
        assert OWNERS[0] in territory, "fences decide"
    with pytest.raises(LeaseLost, match="another scheduler"):
        territory.lease_of(OWNERS[0])
