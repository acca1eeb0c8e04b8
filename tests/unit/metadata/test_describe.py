"""DescribeAsset over real storage, real files, the real probe and gazetteer."""

from __future__ import annotations

import io
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image

from inference_core.isolation import IsolatedPool
from services.adapters.clock import FixedClock
from services.adapters.gazetteer import OfflineGazetteer
from services.adapters.media_files.probe import IsolatedMediaProbe
from services.adapters.memory import MemoryBlobStore, MemoryRowStore
from services.adapters.outbox import OutboxBus
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.sealed.vault import SealedVault
from services.adapters.signals import LocalSignals
from services.domain.accounts import ACCOUNT_ID, ConsentState
from services.domain.consent import Grant, Scope
from services.domain.facets import Description, Location, Original
from services.domain.identity import AssetId, OwnerId
from services.domain.media import CaptureTimeSource, MediaKind
from services.domain.messages import Consumer, Message, MessageType
from services.domain.records import AssetState, Kind, Query, Record
from services.metadata.describe import DescribeAsset

ANA = OwnerId("ana")
NOW = datetime(2024, 6, 1, 12, tzinfo=UTC)
TOWER = (48.8584, 2.2945)


def photo(
    taken: str = "2024:05:03 10:15:00", *, size: tuple[int, int] = (320, 240), gps: bool = True, seed: int = 0
) -> bytes:
    """A JPEG of a pattern that depends on the seed alone, taken by a phone at the Eiffel Tower."""
    pattern = np.random.default_rng(seed).integers(0, 255, (6, 8, 3), np.uint8)
    exif = Image.Exif()
    exif[ExifTags.Base.Make], exif[ExifTags.Base.Model] = "Acme", "Phone 1"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = taken
    if gps:
        exif.get_ifd(ExifTags.IFD.GPSInfo).update(
            {1: "N", 2: _sexagesimal(TOWER[0]), 3: "E", 4: _sexagesimal(TOWER[1])}
        )
    file = io.BytesIO()
    Image.fromarray(pattern).resize(size, Image.Resampling.BICUBIC).save(file, "JPEG", exif=exif)
    return file.getvalue()


def _sexagesimal(degrees: float) -> tuple[Fraction, ...]:
    return Fraction(int(degrees)), Fraction(round((degrees % 1) * 60 * 10_000), 10_000), Fraction(0)


@dataclass
class World:
    catalog: SealedCatalog
    keyring: EnvelopeKeyRing
    vault: SealedVault
    bus: OutboxBus
    describe: DescribeAsset

    async def grant(self, *scopes: Scope) -> None:
        for scope in (None, *scopes):
            await self.keyring.create(ANA, scope)
        grants = tuple(Grant(scope, "1", NOW) for scope in scopes)
        async with self.catalog.transaction(ANA) as tx:
            await tx.put(Kind.ACCOUNT, ACCOUNT_ID, ConsentState(grants))

    async def upload(self, id_: str, data: bytes, filename: str = "IMG_1.jpg") -> None:
        stage = await self.vault.stage(ANA, f"ana/{id_}")
        await stage.append(data)
        await stage.commit()
        video = filename.endswith((".mov", ".mp4"))
        original = Original(
            filename=filename,
            path=filename,
            media_type="video/mp4" if video else "image/jpeg",
            kind=MediaKind.VIDEO if video else MediaKind.PHOTO,
            size=len(data),
            sha256=bytes(32),
            blob_key=f"ana/{id_}",
            uploaded_at=NOW,
        )
        async with self.catalog.transaction(ANA) as tx:
            await tx.put(Kind.ASSET, id_, original, time=NOW, state=AssetState.STORED)

    async def stored(self, id_: str) -> Record:
        await self.describe(Message.of(MessageType.ASSET_STORED, ANA, id_, NOW))
        return await self.catalog.get(ANA, Kind.ASSET, id_)

    async def heard(self, consumer: Consumer) -> list[tuple[MessageType, str]]:
        deliveries = await self.bus.fetch(consumer, 100, 0)
        return sorted((d.message.type, d.message.subject) for d in deliveries)


@pytest.fixture(scope="module")
def pool() -> Iterator[IsolatedPool]:
    with IsolatedPool(workers=1) as pool:
        yield pool


@pytest.fixture(scope="module")
def gazetteer() -> OfflineGazetteer:
    return OfflineGazetteer()


@pytest.fixture
async def world(pool: IsolatedPool, gazetteer: OfflineGazetteer, tmp_path: Path) -> AsyncIterator[World]:
    rows, signals, clock = MemoryRowStore(), LocalSignals(), FixedClock(NOW)
    keyring = EnvelopeKeyRing(rows, AesSealingKey(bytes(32)))
    catalog = SealedCatalog(rows, keyring, signals)
    vault = SealedVault(MemoryBlobStore(), keyring, ScratchSpace(tmp_path / "scratch"))
    describe = DescribeAsset(
        catalog, vault, IsolatedMediaProbe(pool), gazetteer, clock, default_zone="Asia/Tokyo"
    )
    yield World(catalog, keyring, vault, OutboxBus(rows, clock, signals), describe)
    await rows.close()


async def test_a_photo_is_described_with_its_place_and_the_time_there(world: World) -> None:
    await world.grant(Scope.CLOUD_PROCESSING, Scope.LOCATION)
    await world.upload("a", photo())
    record = await world.stored("a")
    description, location = record.require(Description), record.require(Location)
    assert description.capture_time.isoformat() == "2024-05-03T10:15:00+02:00"
    assert description.capture_time_source is CaptureTimeSource.EXIF_PLACE
    assert (description.width, description.height, description.camera.model) == (320, 240, "Phone 1")
    assert location.place is not None
    assert location.place.key == "FR/Paris"
    assert (record.state, record.time) == (AssetState.DESCRIBED, description.capture_time)
    assert await world.heard(Consumer.INFERENCE) == [(MessageType.ASSET_DESCRIBED, "a")]


async def test_without_the_location_scope_neither_place_nor_its_zone_is_used(world: World) -> None:
    await world.grant(Scope.CLOUD_PROCESSING)
    await world.upload("a", photo())
    record = await world.stored("a")
    assert record.get(Location) is None
    assert record.require(Description).capture_time.isoformat() == "2024-05-03T10:15:00+09:00"


async def test_the_local_time_of_a_place_goes_with_the_consent_to_the_place(world: World) -> None:
    await world.grant(Scope.CLOUD_PROCESSING, Scope.LOCATION)
    await world.upload("a", photo())
    await world.stored("a")
    await world.keyring.destroy(ANA, frozenset({Scope.LOCATION}), account=False)
    assert (await world.catalog.get(ANA, Kind.ASSET, "a")).get(Description) is None
    await world.grant(Scope.CLOUD_PROCESSING)
    description = (await world.stored("a")).require(Description)
    assert description.capture_time.isoformat() == "2024-05-03T10:15:00+09:00"
    assert description.scopes == {Scope.CLOUD_PROCESSING}


async def test_location_granted_later_is_added_by_a_second_delivery(world: World) -> None:
    await world.grant(Scope.CLOUD_PROCESSING)
    await world.upload("a", photo())
    await world.stored("a")
    await world.grant(Scope.CLOUD_PROCESSING, Scope.LOCATION)
    record = await world.stored("a")
    assert record.require(Location).place is not None
    assert record.require(Description).capture_time_source is CaptureTimeSource.EXIF_PLACE


async def test_a_second_delivery_changes_nothing(world: World) -> None:
    await world.grant(Scope.CLOUD_PROCESSING, Scope.LOCATION)
    await world.upload("a", photo())
    first = await world.stored("a")
    assert (await world.stored("a")).revision == first.revision
    assert len(await world.catalog.find(ANA, Kind.AUDIT)) == 1
    assert len(await world.heard(Consumer.INFERENCE)) == 1


async def test_an_unreadable_file_is_settled_with_its_reason(world: World) -> None:
    await world.grant(Scope.CLOUD_PROCESSING)
    await world.upload("a", photo()[:2000], "IMG_20240503_101500.jpg")
    record = await world.stored("a")
    description = record.require(Description)
    assert (description.readable, description.reason) == (False, "the picture is cut off")
    assert description.capture_time_source is CaptureTimeSource.FILE_NAME
    assert record.state == AssetState.UNREADABLE
    assert await world.heard(Consumer.INFERENCE) == []
    assert await world.heard(Consumer.SCHEDULER) == [(MessageType.ASSET_ANALYSED, "a")]


async def test_a_copy_and_its_better_are_linked_when_the_better_comes_later(world: World) -> None:
    await world.grant(Scope.CLOUD_PROCESSING)
    await world.upload("small", photo(size=(320, 240)))
    await world.upload("other", photo(seed=1))
    await world.upload("large", photo("2024:05:03 10:15:01", size=(640, 480)))
    for id_ in ("small", "other", "large"):
        await world.stored(id_)
    records = await world.catalog.find(ANA, Kind.ASSET, Query())
    links = {record.id: record.require(Description).duplicate_of for record in records}
    assert links == {"small": "large", "large": None, "other": None}
    bursts = {record.id: record.require(Description).burst for record in records}
    assert bursts["small"] == bursts["large"] != ""


@pytest.mark.parametrize("granted", [(), (Scope.LOCATION,)])
async def test_nothing_is_described_that_may_not_be_stored(world: World, granted: tuple[Scope, ...]) -> None:
    await world.grant(Scope.CLOUD_PROCESSING)
    await world.upload("a", photo())
    await world.keyring.destroy(ANA, frozenset({Scope.CLOUD_PROCESSING}), account=False)
    await world.grant(*granted)
    assert (await world.stored("a")).facets == {}


async def test_an_asset_deleted_meanwhile_is_passed_over(world: World) -> None:
    await world.grant(Scope.CLOUD_PROCESSING)
    await world.describe(Message.of(MessageType.ASSET_STORED, ANA, AssetId("gone"), NOW))
    assert await world.heard(Consumer.SCHEDULER) == []
