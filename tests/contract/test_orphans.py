"""Blobs without a record are swept, and no others, wherever blobs are kept."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.vault import SealedVault
from services.domain.facets import Original
from services.domain.identity import AssetId, asset_of, fresh_blob_key, original_key
from services.domain.media import MediaKind
from services.domain.ports import BlobStore
from services.domain.records import Erasure, Kind
from services.upload.orphans import Orphans, SweepOrphans
from tests.contract.conftest import ANA, BEN, Storage

EVER = datetime(2000, 1, 1, tzinfo=UTC)
DATA = b"a photo"


class Shelf:
    """Originals and their records."""

    def __init__(self, storage: Storage, blobs: BlobStore, folder: Path) -> None:
        self.catalog = storage.catalog
        self.blobs = blobs
        self.vault = SealedVault(blobs, storage.keyring, ScratchSpace(folder))
        self.orphans = Orphans(self.catalog, self.vault)

    async def commit(self, asset: str, owner=ANA) -> str:
        upload = original_key(owner, AssetId(asset))
        key = fresh_blob_key(upload)
        stage = await self.vault.stage(owner, upload)
        await stage.append(DATA)
        await stage.commit(key=key)
        return key

    async def record(self, key: str, owner=ANA) -> None:
        photo = (MediaKind.PHOTO, len(DATA), bytes(32), key, EVER)
        async with self.catalog.transaction(owner) as tx:
            await tx.put(Kind.ASSET, asset_of(key), Original("1.jpg", "1.jpg", "image/jpeg", *photo))

    async def swept(self, owner=ANA) -> int:
        """Sweep as if the grace were over; return how many blobs went."""
        return (await self.orphans.sweep(owner, EVER, datetime.now(UTC) + timedelta(hours=1))).blobs

    async def keys(self) -> set[str]:
        return {key async for key in self.blobs.keys("")}


@pytest.fixture
def shelf(storage: Storage, blobs: BlobStore, tmp_path: Path) -> Shelf:
    return Shelf(storage, blobs, tmp_path / "scratch")


async def test_a_blob_that_no_record_names_goes_and_others_stay(shelf: Shelf) -> None:
    kept, orphan, bens = [await shelf.commit("a"), await shelf.commit("b"), await shelf.commit("c", BEN)]
    await shelf.record(kept)
    upload = await shelf.vault.stage(ANA, original_key(ANA, AssetId("d")))
    await upload.append(bytes(2 << 20))
    await upload.flush()
    assert await shelf.swept() == 1
    assert await shelf.keys() == {kept, bens}
    assert await shelf.vault.read(ANA, kept) == DATA
    assert set(await shelf.vault.unfinished(ANA)) == {original_key(ANA, AssetId("d"))}
    assert orphan not in await shelf.keys()


async def test_of_two_copies_the_one_that_is_recorded_stays(shelf: Shelf) -> None:
    first, second = await shelf.commit("a"), await shelf.commit("a")
    assert first != second
    await shelf.record(second)
    assert await shelf.swept() == 1
    assert await shelf.keys() == {second}


async def test_a_record_whose_original_cannot_be_opened_keeps_its_blobs(shelf: Shelf) -> None:
    key = await shelf.commit("a")
    async with shelf.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "a", state="stored")
    assert await shelf.swept() == 0
    assert await shelf.keys() == {key}


async def test_what_is_younger_than_the_grace_is_left_to_its_writer(shelf: Shelf) -> None:
    late = await shelf.commit("a")
    assert await SweepOrphans(shelf.catalog, shelf.vault, timedelta(minutes=5))() == Erasure()
    await shelf.record(late)
    assert await shelf.vault.read(ANA, late) == DATA
