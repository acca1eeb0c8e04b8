"""Several schedulers over one PostgreSQL and one NATS, one of which is killed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from datetime import date

from services.adapters.bundle import Ports
from services.domain.accounts import AuditAction
from services.domain.identity import OwnerId
from services.domain.leases import PARTITIONS
from services.domain.records import Kind
from tests.lone_services import alone
from tests.quality.simulator import simulate
from tests.simulated_owners import opened, planned, shares, store, waiting
from tests.stored_library import StoredLibrary

OWNERS = [OwnerId(f"owner-{number}") for number in range(12)]
SOON = {
    "STORYROLL_SCHEDULER_PATIENCE": '{"settle": 0.2, "at_most": 1.0, "day_check": 3600}',
    "STORYROLL_SCHEDULER_LEASE_SECONDS": "3",
}


async def until(condition: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(120):
        while not await condition():  # noqa: ASYNC110 - the database is what is asked
            await asyncio.sleep(0.05)


async def how_many_planned(ports: Ports) -> int:
    return sum([await planned(ports, owner) for owner in await ports.catalog.owners()])


async def test_what_a_killed_scheduler_leaves_another_does(environment: dict[str, str]) -> None:
    database = environment["STORYROLL_DATABASE"]
    library = simulate(years=0.1, seed=7, first=date(2024, 3, 1), width=1280).library
    async with AsyncExitStack() as running:
        ports = await running.enter_async_context(opened(environment))
        killed, _ = await running.enter_async_context(alone("scheduler", environment | SOON))
        await running.enter_async_context(alone("scheduler", environment | SOON))
        await until(lambda: halved(database))
        for owner in OWNERS[::2]:
            await store(ports, owner, library.assets)
        await until(lambda: some_planned(ports))
        killed.kill()
        for owner in OWNERS[1::2]:
            await store(ports, owner, library.assets)
        await until(lambda: all_done(ports))
        assert await shares(database) == [PARTITIONS]
        told = [await stories(ports, owner) for owner in OWNERS]
        assert told[0]
        assert told == [told[0]] * len(OWNERS)
        for owner in OWNERS:
            actions = await StoredLibrary.over(ports, owner).audited()
            assert actions.count(AuditAction.STORIES_PLANNED) == 1


async def halved(database: str) -> bool:
    return await shares(database) == [PARTITIONS // 2] * 2


async def some_planned(ports: Ports) -> bool:
    return await how_many_planned(ports) > 0


async def all_done(ports: Ports) -> bool:
    return await waiting(ports) == 0 and await how_many_planned(ports) == len(OWNERS)


async def stories(ports: Ports, owner: OwnerId) -> list[str]:
    """What an owner's stories are called."""
    return sorted(record.id for record in await ports.catalog.find(owner, Kind.STORY))
