"""Every adapter of a port, so that one suite holds them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.adapters.clock import FixedClock
from services.adapters.memory import MemoryRowStore
from services.adapters.outbox import OutboxBus
from services.adapters.rows import RowStore
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.signals import LocalSignals
from services.adapters.sql import open_sqlite
from services.domain.consent import Scope
from services.domain.identity import OwnerId

ANA = OwnerId("ana")
BEN = OwnerId("ben")


@dataclass
class Storage:
    """The sealed storage over one row store."""

    rows: RowStore
    keyring: EnvelopeKeyRing
    catalog: SealedCatalog
    signals: LocalSignals
    bus: OutboxBus
    clock: FixedClock


@pytest.fixture(params=["memory", "sqlite"])
async def rows(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[RowStore]:
    store: RowStore
    store = MemoryRowStore() if request.param == "memory" else await open_sqlite(tmp_path / "catalog.db")
    yield store
    await store.close()


@pytest.fixture
async def storage(rows: RowStore) -> Storage:
    """Storage in which Ana and Ben have granted everything."""
    keyring, signals = EnvelopeKeyRing(rows, AesSealingKey(bytes(32))), LocalSignals()
    clock = FixedClock(datetime(2024, 5, 3, 12, tzinfo=UTC))
    for owner in (ANA, BEN):
        for scope in (None, *Scope):
            await keyring.create(owner, scope)
    catalog = SealedCatalog(rows, keyring, signals)
    return Storage(rows, keyring, catalog, signals, OutboxBus(rows, clock, signals), clock)


@pytest.fixture
def catalog(storage: Storage) -> SealedCatalog:
    return storage.catalog
