"""How many owners schedulers plan in a minute, one alone and two that share them, over PostgreSQL and NATS.

Every owner has some weeks of pictures and is planned from nothing: read, opened, grouped, planned, compared
with what is stored. Rounds of one and of two take turns. Where they share two cores with the database and
with other work, minutes tell of the machine; CPU time tells what an owner costs, the polling of each process
while the machine does other work included.

Run: python -m tests.bench.bench_scheduler
"""

from __future__ import annotations

import asyncio
import time
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from services.adapters.bundle import Ports
from services.adapters.bus_choice import Access
from services.domain.identity import OwnerId
from services.domain.leases import PARTITIONS, partition_of
from tests import nats_queue, postgres_server
from tests.bench.vision.cpu import tree_seconds
from tests.lone_services import alone, environment_over
from tests.postgres_server import fresh_database
from tests.quality.simulator import simulate
from tests.simulated_owners import change, opened, shares, store, waiting

EACH: Final = 1
"""Owners of each partition, so that two schedulers get as much to do."""
ROUNDS: Final = 3
SOON: Final = {
    "STORYROLL_SCHEDULER_PATIENCE": '{"settle": 0.05, "at_most": 1.0, "day_check": 3600, "poll": 0.1}',
}


@dataclass(frozen=True, slots=True)
class Round:
    """What it took to plan every owner once."""

    minutes: float
    cpu: float
    """Seconds, of all schedulers."""


def main() -> None:
    """Print owners a minute, and what each costs."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        with postgres_server.running(folder) as database, nats_queue.running(folder) as queue:
            asyncio.run(_measure(database.url, queue.access, folder))


async def _measure(server: str, access: Access, folder: Path) -> None:
    owners = _owners()
    async with fresh_database(server) as database:
        environment = environment_over(database, access, folder) | SOON
        async with opened(environment) as ports, alone("scheduler", environment) as (first, _):
            await _fill(ports, owners)
            one, two = [], []
            for _ in range(ROUNDS):
                one.append(await _round(ports, owners, [first]))
                async with alone("scheduler", environment) as (second, _):
                    await _until(lambda: _shared(database, 2))
                    two.append(await _round(ports, owners, [first, second]))
                await _until(lambda: _shared(database, 1))
    _tell("one scheduler", one, len(owners))
    _tell("two", two, len(owners))


def _owners() -> list[OwnerId]:
    """Return as many owners of each partition as of any other."""
    names = [OwnerId(f"owner-{number}") for number in range(2000)]
    by_partition = [[name for name in names if partition_of(name) == p][:EACH] for p in range(PARTITIONS)]
    return [owner for few in by_partition for owner in few]


async def _fill(ports: Ports, owners: Sequence[OwnerId]) -> None:
    library = simulate(years=0.1, seed=3, first=date(2024, 3, 1), width=1280).library
    for owner in owners:
        await store(ports, owner, library.assets)
    await _until(lambda: _idle(ports))
    print(f"{len(owners)} owners with {len(library.assets)} pictures each", flush=True)


async def _round(ports: Ports, owners: Sequence[OwnerId], schedulers: Sequence[Process]) -> Round:
    began, cpu = time.perf_counter(), sum(map(_cpu, schedulers))
    for owner in owners:
        await change(ports, owner)
    await _until(lambda: _idle(ports))
    made = Round((time.perf_counter() - began) / 60, sum(map(_cpu, schedulers)) - cpu)
    print(f"  {len(schedulers)}: {made.minutes * 60:.1f} s, {made.cpu:.1f} s of CPU time", flush=True)
    return made


def _cpu(process: Process) -> float:
    return tree_seconds(process.pid)


def _tell(name: str, rounds: Sequence[Round], owners: int) -> None:
    cpu = median(each.cpu for each in rounds) / owners
    rates = sorted(owners / each.minutes for each in rounds)
    print(
        f"{name:<13}: {median(rates):6.0f} owners a minute ({rates[0]:.0f} to {rates[-1]:.0f}), "
        f"{cpu * 1000:5.0f} ms of CPU time each",
        flush=True,
    )


async def _idle(ports: Ports) -> bool:
    return await waiting(ports) == 0


async def _shared(database: str, schedulers: int) -> bool:
    return await shares(database) == [PARTITIONS // schedulers] * schedulers


async def _until(condition: Callable[[], Awaitable[bool]]) -> None:
    while not await condition():  # noqa: ASYNC110 - the database is what is asked
        await asyncio.sleep(0.05)


if __name__ == "__main__":
    main()
