"""What everybody who divides owners must do: sole holders and those that share, over every database."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from services.adapters.clock import FixedClock
from services.adapters.leases import SharedLeases, SoleLeases
from services.adapters.rows import RowStore
from services.domain.errors import LeaseLost
from services.domain.identity import OwnerId
from services.domain.leases import PARTITIONS, Lease, partition_of
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Leases
from services.domain.records import Kind
from tests.contract.conftest import ANA, BEN, Storage
from tests.contract.test_catalog import NOON, original

LASTS = 12.0
WHOLE = set(range(PARTITIONS))
STAGE = Consumer.SCHEDULER


def partitions(leases: Sequence[Lease]) -> set[int]:
    return {lease.partition for lease in leases}


def of(owner: OwnerId, leases: Sequence[Lease]) -> Lease:
    """The lease under which an owner is worked on."""
    (lease,) = (lease for lease in leases if lease.partition == partition_of(owner))
    return lease


async def write(storage: Storage, lease: Lease, owner: OwnerId = ANA) -> None:
    async with storage.catalog.transaction(owner) as tx:
        await tx.put(Kind.ASSET, "a", original())
        await tx.fence(lease)


@pytest.fixture(params=["sole", "shared"])
def leases(request: pytest.FixtureRequest, rows: RowStore) -> Leases:
    return SoleLeases(rows) if request.param == "sole" else SharedLeases(rows, FixedClock(NOON))


async def test_whoever_is_alone_has_everything(leases: Leases, storage: Storage) -> None:
    held = await leases.renew(LASTS)
    assert partitions(held) == WHOLE
    assert list(await leases.renew(LASTS)) == list(held)
    await write(storage, of(ANA, held))
    assert await storage.catalog.count(ANA, Kind.ASSET) == 1


async def test_whoever_left_stores_nothing(leases: Leases, storage: Storage) -> None:
    lost = of(ANA, await leases.renew(LASTS))
    await leases.leave()
    with pytest.raises(LeaseLost):
        await write(storage, lost)
    assert await storage.catalog.count(ANA, Kind.ASSET) == 0
    again = of(ANA, await leases.renew(LASTS))
    assert again.number > lost.number
    await write(storage, again)


async def test_the_sole_one_takes_what_one_that_was_killed_had(rows: RowStore, storage: Storage) -> None:
    killed = of(ANA, await SoleLeases(rows).renew(LASTS))
    held = await SoleLeases(rows).renew(LASTS)
    assert partitions(held) == WHOLE
    with pytest.raises(LeaseLost):
        await write(storage, killed)


class Several:
    """Holders with one clock."""

    def __init__(self, rows: RowStore, number: int) -> None:
        self.clock = FixedClock(datetime(2024, 5, 3, 12, tzinfo=UTC))
        self.everybody = [SharedLeases(rows, self.clock) for _ in range(number)]

    async def settled(self) -> list[Sequence[Lease]]:
        """Let everybody renew until what is to change hands has."""
        for _ in range(2):
            for one in self.everybody:
                await one.renew(LASTS)
        return [await one.renew(LASTS) for one in self.everybody]


async def test_the_living_share_evenly(rows: RowStore) -> None:
    """Nothing is taken from them: what is over they let go of; whoever leaves is inherited at once."""
    several = Several(rows, 3)
    first, second, _ = several.everybody
    await first.renew(LASTS)
    assert await second.renew(LASTS) == []
    half = await first.renew(LASTS)
    assert len(half) == PARTITIONS // 2
    assert partitions(await second.renew(LASTS)) == WHOLE - partitions(half)
    shares = await several.settled()
    assert sorted(len(share) for share in shares) == [5, 5, 6]
    assert set().union(*map(partitions, shares)) == WHOLE
    await first.leave()
    left = [await one.renew(LASTS) for one in several.everybody[1:]]
    assert [len(share) for share in left] == [8, 8]


async def test_the_dead_are_inherited_when_their_time_is_over(rows: RowStore, storage: Storage) -> None:
    several = Several(rows, 2)
    first, second = several.everybody
    lost = of(ANA, await first.renew(LASTS))
    several.clock.advance(timedelta(seconds=LASTS / 2))
    assert await second.renew(LASTS) == []
    await write(storage, lost)
    several.clock.advance(timedelta(seconds=LASTS / 2 + 1))
    assert partitions(await second.renew(LASTS)) == WHOLE
    with pytest.raises(LeaseLost):
        await write(storage, lost)


async def publish(storage: Storage, owner: OwnerId, subject: str) -> None:
    async with storage.catalog.transaction(owner) as tx:
        await tx.publish(Message.of(MessageType.ASSET_ANALYSED, owner, subject, NOON))


async def told(storage: Storage, leases: Sequence[Lease]) -> list[str]:
    return sorted(d.message.subject for d in await storage.bus.fetch(STAGE, 10, 0, leases))


async def test_messages_follow_the_leases(rows: RowStore, storage: Storage) -> None:
    assert partition_of(ANA) != partition_of(BEN)
    held = await SharedLeases(rows, storage.clock).renew(LASTS)
    await publish(storage, ANA, "a")
    await publish(storage, BEN, "b")
    assert await told(storage, []) == []
    assert await told(storage, [of(ANA, held)]) == ["a"]
    assert await told(storage, held) == ["b"]


async def test_what_the_dead_had_taken_is_delivered_at_once(rows: RowStore, storage: Storage) -> None:
    lost = await SoleLeases(rows).renew(LASTS)
    await publish(storage, ANA, "a")
    await publish(storage, BEN, "b")
    assert await told(storage, lost) == ["a", "b"]
    held = await SoleLeases(rows).renew(LASTS)
    assert await told(storage, held) == []
    await publish(storage, ANA, "c")
    assert await told(storage, lost) == [], "whoever lost a lease takes no message"
    await storage.bus.redeliver(STAGE, [of(ANA, held)])
    assert await told(storage, held) == ["a", "c"]


@pytest.mark.parametrize("kept", ["postgres"], indirect=True)
async def test_nobody_takes_what_a_transaction_relies_on(rows: RowStore, storage: Storage) -> None:
    """Neither is it waited for: whoever waits would be thought dead."""
    several = Several(rows, 2)
    first, second = several.everybody
    held = of(ANA, await first.renew(LASTS))
    await second.renew(LASTS)
    several.clock.advance(timedelta(seconds=LASTS + 1))
    async with asyncio.timeout(20):
        async with storage.catalog.transaction(ANA) as tx:
            await tx.fence(held)
            assert partitions(await second.renew(LASTS)) == WHOLE - {held.partition}
            await tx.put(Kind.ASSET, "a", original())
        assert partitions(await second.renew(LASTS)) == WHOLE
    assert await storage.catalog.count(ANA, Kind.ASSET) == 1


@pytest.mark.parametrize("kept", ["postgres"], indirect=True)
async def test_who_renew_at_once_do_not_take_the_same(rows: RowStore) -> None:
    everybody = Several(rows, 4).everybody

    async def together() -> list[Sequence[Lease]]:
        return list(await asyncio.gather(*(leases.renew(LASTS) for leases in everybody)))

    for _ in range(5):
        shares = await together()
    assert [len(share) for share in shares] == [4, 4, 4, 4]
    assert set().union(*map(partitions, shares)) == WHOLE
