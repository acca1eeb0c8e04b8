"""A process that has just started, with every caller asking at once."""

from __future__ import annotations

import asyncio

from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.signals import LocalSignals
from services.domain.facets import Content
from services.domain.identity import OwnerId
from services.domain.records import Kind
from tests.contract.conftest import ANA, BEN, Storage
from tests.contract.test_catalog import NOON, content, put

CALLERS = 40


async def test_many_readers_whose_keys_are_not_loaded_do_not_wait_for_each_other(storage: Storage) -> None:
    for owner in (ANA, BEN):
        await put(storage.catalog, "a", content("beach"), owner=owner, time=NOON)
    keyring = EnvelopeKeyRing(storage.kept.keys, AesSealingKey(bytes(32)))
    fresh = SealedCatalog(storage.kept.rows, keyring, LocalSignals())

    async def look(owner: OwnerId) -> None:
        (found,) = await fresh.find(owner, Kind.ASSET)
        assert (await fresh.get(owner, Kind.ASSET, "a")).get(Content) is not None
        assert found.get(Content) is not None

    async with asyncio.timeout(10):
        await asyncio.gather(*(look(owner) for owner in (ANA, BEN) for _ in range(CALLERS)))
