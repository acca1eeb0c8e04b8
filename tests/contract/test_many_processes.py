"""Several processes over one PostgreSQL: each has connections, keys and a bus of its own."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import open_database
from services.adapters.outbox import LEASE
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired
from services.domain.facets import Content
from services.domain.messages import Consumer, Message, MessageType
from services.domain.records import Kind, Query
from tests.contract.conftest import ANA, BEN, Storage, storage_over
from tests.contract.test_catalog import NOON, content, original, put
from tests.postgres_server import SMALL


@pytest.fixture
async def pods(database: str, tmp_path: Path) -> AsyncIterator[list[Storage]]:
    host = DatabaseHost(database, pooling=SMALL)
    async with (
        open_database(host, tmp_path) as one,
        open_database(host, tmp_path) as two,
        open_database(host, tmp_path) as three,
    ):
        yield [await storage_over(kept) for kept in (one, two, three)]


async def test_a_message_is_with_one_process_at_a_time(pods: list[Storage]) -> None:
    async with pods[0].catalog.transaction(ANA) as tx:
        for number in range(120):
            await tx.publish(Message.of(MessageType.ASSET_STORED, ANA, str(number), NOON))
    taken: list[str] = []

    async def take(pod: Storage) -> None:
        while found := await pod.bus.fetch(Consumer.METADATA, 7, 0):
            taken.extend(delivery.message.subject for delivery in found)
            for delivery in found:
                await delivery.ack()

    # Whoever passes over what another is about to take may find nothing, and ask again later.
    while len(taken) < 120:
        await asyncio.gather(*(take(pod) for pod in pods for _ in range(2)))
    assert Counter(taken).most_common(1)[0][1] == 1


async def test_what_a_dead_process_had_comes_back_when_its_lease_ends(pods: list[Storage]) -> None:
    first, second, _ = pods
    async with first.catalog.transaction(ANA) as tx:
        await tx.publish(Message.of(MessageType.ASSET_STORED, ANA, "a", NOON))
    assert len(await first.bus.fetch(Consumer.METADATA, 10, 0)) == 1
    assert await second.bus.fetch(Consumer.METADATA, 10, 0) == []
    second.clock.advance(LEASE + timedelta(seconds=1))
    (again,) = await second.bus.fetch(Consumer.METADATA, 10, 0)
    assert (again.message.subject, again.attempt) == ("a", 2)


async def test_revisions_never_collide(pods: list[Storage]) -> None:
    async def write(pod: Storage, number: int) -> None:
        for turn in range(5):
            await put(pod.catalog, f"{number}-{turn}", original(), time=NOON)

    await asyncio.gather(*(write(pod, number) for number, pod in enumerate(pods * 2)))
    records = await pods[0].catalog.find(ANA, Kind.ASSET)
    assert sorted(record.revision for record in records) == list(range(1, 31))


async def test_no_change_of_one_owner_is_lost(pods: list[Storage]) -> None:
    """Each adds one to what it read: without turns, two would add to the same."""
    await put(pods[0].catalog, "a", state="0")

    async def count(pod: Storage) -> None:
        for _ in range(10):
            async with pod.catalog.transaction(ANA) as tx:
                state = (await tx.get(Kind.ASSET, "a")).state
                await tx.put(Kind.ASSET, "a", state=str(int(state) + 1))

    await asyncio.gather(*(count(pod) for pod in pods))
    assert (await pods[0].catalog.get(ANA, Kind.ASSET, "a")).state == "30"


async def test_owners_do_not_wait_for_each_other(pods: list[Storage]) -> None:
    async with pods[0].catalog.transaction(ANA) as tx, asyncio.timeout(5):
        await tx.put(Kind.ASSET, "a", original())
        await put(pods[1].catalog, "b", original(), owner=BEN)


async def test_a_reader_sees_one_state_while_others_write(pods: list[Storage]) -> None:
    await put(pods[0].catalog, "a", state="before")
    async with pods[0].kept.rows.read() as rows:
        (before,) = await rows.records.get(ANA, Kind.ASSET, ["a"])
        await put(pods[1].catalog, "a", state="after")
        (still,) = await rows.records.get(ANA, Kind.ASSET, ["a"])
    assert (before.state, still.state) == ("before", "before")


async def test_a_key_destroyed_in_one_process_seals_nothing_in_another(pods: list[Storage]) -> None:
    consent, inference, _ = pods
    await put(inference.catalog, "a", content("beach"), time=NOON)
    await consent.keyring.destroy(ANA, frozenset({Scope.CONTENT}), account=False)
    with pytest.raises(ConsentRequired, match="CONTENT"):
        await put(inference.catalog, "b", content("dog"), time=NOON)
    await consent.catalog.erase(ANA, frozenset({Scope.CONTENT}))
    assert (await inference.catalog.find(ANA, Kind.ASSET, Query(facets=frozenset({Content})))) == []


async def test_what_was_begun_before_a_key_was_destroyed_is_erased(pods: list[Storage]) -> None:
    consent, inference, _ = pods
    async with inference.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "a", content("beach"), time=NOON)
        await consent.keyring.destroy(ANA, frozenset({Scope.CONTENT}), account=False)
        erasing = asyncio.create_task(consent.catalog.erase(ANA, frozenset({Scope.CONTENT})))
        await asyncio.sleep(0.1)
        assert not erasing.done()
    assert (await erasing).facets == 1
