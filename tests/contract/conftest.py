"""Every adapter of a port, so that one suite holds them all."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.adapters.clock import FixedClock
from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import Database, open_database
from services.adapters.disk import DiskBlobStore
from services.adapters.memory import MemoryBlobStore, MemoryRowStore
from services.adapters.outbox import OutboxBus
from services.adapters.rows import RowStore
from services.adapters.s3.store import S3BlobStore
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.signals import LocalSignals
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.ports import BlobStore
from tests.postgres_server import SMALL, fresh_database
from tests.s3_server import fresh_bucket

ANA = OwnerId("ana")
BEN = OwnerId("ben")


@dataclass
class Storage:
    """The sealed storage over one row store."""

    kept: Database
    keyring: EnvelopeKeyRing
    catalog: SealedCatalog
    signals: LocalSignals
    bus: OutboxBus
    clock: FixedClock


@pytest.fixture(params=["memory", "disk", "s3"])
async def blobs(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BlobStore]:
    if request.param == "s3":
        async with fresh_bucket(request.getfixturevalue("s3")) as client:
            yield S3BlobStore(client)
    else:
        yield MemoryBlobStore() if request.param == "memory" else DiskBlobStore(tmp_path / "blobs")


@pytest.fixture
async def database(postgres: str) -> AsyncIterator[str]:
    """The address of an empty PostgreSQL database."""
    async with fresh_database(postgres) as url:
        yield url


@pytest.fixture(params=["memory", "sqlite", "postgres"])
async def kept(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Database]:
    if request.param == "memory":
        rows = MemoryRowStore()
        yield Database(rows, rows, shared=False)
    elif request.param == "sqlite":
        async with open_database(DatabaseHost(), tmp_path) as opened:
            yield opened
    else:
        async with (
            fresh_database(request.getfixturevalue("postgres")) as url,
            open_database(DatabaseHost(url, pooling=SMALL), tmp_path) as opened,
        ):
            yield opened


@pytest.fixture
def rows(kept: Database) -> RowStore:
    return kept.rows


@pytest.fixture
async def storage(kept: Database) -> Storage:
    """Storage in which Ana and Ben have granted everything."""
    return await storage_over(kept)


async def storage_over(kept: Database) -> Storage:
    keyring = EnvelopeKeyRing(kept.keys, AesSealingKey(bytes(32)), shared=kept.shared)
    rows, signals = kept.rows, LocalSignals()
    clock = FixedClock(datetime(2024, 5, 3, 12, tzinfo=UTC))
    for owner in (ANA, BEN):
        for scope in (None, *Scope):
            await keyring.create(owner, scope)
    catalog = SealedCatalog(rows, keyring, signals)
    return Storage(kept, keyring, catalog, signals, OutboxBus(rows, clock, signals), clock)


@pytest.fixture
def catalog(storage: Storage) -> SealedCatalog:
    return storage.catalog
