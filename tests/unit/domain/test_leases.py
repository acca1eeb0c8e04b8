"""Partitions are divided evenly, with as few changes of hands as can be, whoever comes, goes and dies."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from services.adapters.clock import FixedClock
from services.adapters.leases import SharedLeases
from services.adapters.memory import MemoryRowStore
from services.domain.leases import PARTITIONS, Lease, allot, partition_of

LASTS = 12.0
NAMES = st.sampled_from("abcdefghijklmnopqrst")
HOLDERS = st.sets(NAMES, min_size=1)
HELD = st.dictionaries(st.integers(0, PARTITIONS - 1), NAMES)


@given(HOLDERS, HELD)
def test_everybody_gets_as_much_as_anybody(holders: set[str], held: dict[int, str]) -> None:
    allotted = allot(holders, held)
    assert set(allotted) == set(range(PARTITIONS))
    shares = Counter(allotted.values())
    assert set(shares) <= holders
    assert max(shares.values()) - min(shares[holder] for holder in holders) <= 1


@given(HOLDERS, HELD)
def test_nobody_loses_what_is_within_a_share(holders: set[str], held: dict[int, str]) -> None:
    allotted = allot(holders, held)
    shares = Counter(allotted.values())
    for holder in holders:
        had = {partition for partition, whose in held.items() if whose == holder}
        has = {partition for partition, whose in allotted.items() if whose == holder}
        assert had <= has or has < had
        assert len(has) == shares[holder]


@given(HOLDERS, HELD)
def test_a_division_that_is_even_stays(holders: set[str], held: dict[int, str]) -> None:
    allotted = allot(holders, held)
    assert allot(sorted(holders, reverse=True), allotted) == allotted


def test_the_partition_of_an_owner_never_changes() -> None:
    """Subjects of the queue and leases under way depend on it."""
    assert [partition_of(owner) for owner in ("ana", "ben", "cara", "Åsa")] == [6, 9, 0, 11]


class Life:
    """Processes over one database, and what each believes to hold."""

    def __init__(self) -> None:
        self.rows = MemoryRowStore()
        self.clock = FixedClock(datetime(2024, 5, 3, tzinfo=UTC))
        self.living: list[SharedLeases] = []
        self.believed: dict[SharedLeases, Sequence[Lease]] = {}

    async def happen(self, what: str, who: int) -> None:
        if what == "come":
            self.living.append(SharedLeases(self.rows, self.clock))
        if what == "wait":
            self.clock.advance(timedelta(seconds=LASTS / 3))
        if self.living:
            await self.happen_to(what, self.living[who % len(self.living)])

    async def happen_to(self, what: str, one: SharedLeases) -> None:
        if what == "renew":
            self.believed[one] = await one.renew(LASTS)
        if what in ("leave", "die"):
            self.living.remove(one)
        if what == "leave":
            await one.leave()

    async def in_force(self) -> list[int]:
        """The partition of each lease by which somebody who believes in it, dead or alive, could write."""
        async with self.rows.write() as rows:
            believed = [lease for leases in self.believed.values() for lease in leases]
            return [lease.partition for lease in await rows.leases.in_force(believed)]

    async def settle(self) -> None:
        """Let the dead be missed, and everybody else renew until nothing changes hands."""
        for _ in range(4):
            self.clock.advance(timedelta(seconds=LASTS / 3))
            for one in self.living:
                self.believed[one] = await one.renew(LASTS)


EVENTS = st.tuples(
    st.sampled_from(["come", "renew", "renew", "renew", "wait", "leave", "die"]), st.integers(0, 9)
)


@settings(deadline=None)
@given(st.lists(EVENTS, max_size=40))
def test_whatever_happens_nobody_has_the_same(events: list[tuple[str, int]]) -> None:
    asyncio.run(lived(events))


async def lived(events: list[Any]) -> None:
    life = Life()
    for what, who in events:
        await life.happen(what, who)
        in_force = await life.in_force()
        assert len(in_force) == len(set(in_force))
    await life.settle()
    if life.living:
        assert sorted(await life.in_force()) == list(range(PARTITIONS))
        shares = [len(life.believed[one]) for one in life.living]
        assert max(shares) - min(shares) <= 1
