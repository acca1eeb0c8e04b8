"""The way of a photo's coordinates, from the phone to its description, and their end."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from inference_core.isolation import IsolatedPool
from services.adapters.clock import SystemClock
from services.adapters.gazetteer import OfflineGazetteer
from services.adapters.media_files.probe import IsolatedMediaProbe
from services.consent.consent import ConsentKeeper
from services.domain.consent import Scope
from services.domain.facets import Description, Location
from services.domain.messages import Consumer
from services.domain.records import Kind, Record
from services.metadata.describe import DescribeAsset
from tests.unit.upload.conftest import ANA, Uploads, jpeg


@pytest.fixture(scope="module")
def pool() -> Iterator[IsolatedPool]:
    with IsolatedPool(workers=1) as workers:
        yield workers


async def described(uploads: Uploads, pool: IsolatedPool, *scopes: Scope) -> Record:
    """Grant, upload a photo of Lisbon, describe it."""
    clock = SystemClock()
    consent = ConsentKeeper(uploads.catalog, uploads.keyring, clock)
    await consent.grant(ANA, {Scope.CLOUD_PROCESSING, *scopes}, "1")
    written = await uploads.send(jpeg(located=True))
    gazetteer = OfflineGazetteer()
    describe = DescribeAsset(uploads.catalog, uploads.vault, IsolatedMediaProbe(pool), gazetteer, clock)
    for delivery in await uploads.bus.fetch(Consumer.METADATA, 10, 0):
        await describe(delivery.message)
    return await uploads.catalog.get(ANA, Kind.ASSET, written.asset_id)


async def test_with_location_the_description_knows_where(uploads: Uploads, pool: IsolatedPool) -> None:
    record = await described(uploads, pool, Scope.LOCATION)
    where = record.require(Location)
    assert where.coordinates.latitude == pytest.approx(38.691, abs=0.001)
    assert where.place is not None
    assert where.place.city == "Lisbon"


async def test_without_location_it_does_not(uploads: Uploads, pool: IsolatedPool) -> None:
    record = await described(uploads, pool)
    assert record.require(Description).readable
    assert record.get(Location) is None
