"""Granting, taking back and erasing, over real storage on a disk."""

from __future__ import annotations

import struct
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from services.adapters.clock import SystemClock
from services.adapters.disk import DiskBlobStore
from services.adapters.outbox import OutboxBus
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed import facet_codec
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.master_key import file_master_key
from services.adapters.sealed.signer import file_signer, verify
from services.adapters.sealed.vault import SealedVault
from services.adapters.signals import LocalSignals
from services.adapters.sql import open_sqlite
from services.consent.audit import ListAuditEvents
from services.consent.consent import ConsentKeeper
from services.consent.erase import EraseAccount
from services.consent.revoke import RevokeConsent
from services.domain.accounts import AuditAction, AuditEntry, Receipt
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired, FailedPrecondition, InvalidArgument, NotFound
from services.domain.facets import (
    Appearances,
    Content,
    Description,
    Face,
    Faces,
    Facet,
    Location,
    Original,
    Tag,
)
from services.domain.identity import AssetId, OwnerId, PersonId, StoryId, original_key
from services.domain.media import Box, CaptureTimeSource, Coordinates, MediaKind, Place
from services.domain.messages import Consumer
from services.domain.records import AssetState, Erasure, Kind
from services.domain.stories.story import Form, Sharing, Story, StoryKind, StoryMedia

ANA, BEN = OwnerId("ana@home"), OwnerId("ben")
NOON = datetime(2024, 5, 3, 12, tzinfo=UTC)
PHOTO = b"\xff\xd8 the bytes of a photo that nobody else may see " * 40_000
WHERE = Coordinates(38.696, -9.2)
PRIVATE = (
    *(b"IMG_7788.jpg", b"Quinta do Lago", b"bytes of a photo", b"Maria Silva", b"beach", b"A day in Lisbon"),
    struct.pack(">d", WHERE.latitude),
)
"""What must be found nowhere in clear."""


class Home:
    """One data folder with everything in it."""

    def __init__(self, folder: Path, rows) -> None:
        self.folder = folder
        signals, clock = LocalSignals(), SystemClock()
        self.keyring = EnvelopeKeyRing(rows, file_master_key(folder / "keys/master"))
        self.catalog = SealedCatalog(rows, self.keyring, signals)
        self.bus = OutboxBus(rows, clock, signals)
        scratch = ScratchSpace(folder / "scratch", folder / "no tmpfs")
        self.vault = SealedVault(DiskBlobStore(folder / "blobs"), self.keyring, scratch)
        self.consent = ConsentKeeper(self.catalog, self.keyring, clock)
        destroying = (self.catalog, self.keyring, self.vault, clock)
        signing = {"signer": file_signer(folder / "keys/signer"), "signals": signals}
        self.revoke = RevokeConsent(*destroying, **signing)
        self.erase = EraseAccount(*destroying, **signing)
        self.audit = ListAuditEvents(self.catalog, signing["signer"])

    async def store_asset(self, owner: OwnerId, asset: str) -> None:
        key = original_key(owner, AssetId(asset))
        stage = await self.vault.stage(owner, key)
        await stage.append(PHOTO)
        await stage.commit()
        original = Original(
            "IMG_7788.jpg", "IMG_7788.jpg", "image/jpeg", MediaKind.PHOTO, len(PHOTO), bytes(32), key, NOON
        )
        place = Location(WHERE, Place("Quinta do Lago", "Portugal", "PT"))
        face = Face(Box(0, 0, 1, 1), 0.9, ((0.5, 0.5),) * 5, np.ones(128, np.float32))
        content = Content((Tag("beach", 0.9),), (Tag("beach", 0.9),), np.ones(1280, np.float32), 0.5, 0.0)
        facets = (original, Description(NOON, CaptureTimeSource.EXIF), place, Faces((face,)), content)
        async with self.catalog.transaction(owner) as tx:
            people = Appearances((PersonId("p"),))
            await tx.put(Kind.ASSET, asset, *facets, people, time=NOON, state=AssetState.ANALYSED)

    async def tell_stories(self, owner: OwnerId) -> None:
        async with self.catalog.transaction(owner) as tx:
            for id_, rests_on in (("faces", {Scope.FACES}), ("place", {Scope.LOCATION}), ("plain", set())):
                await tx.put(Kind.STORY, id_, story(id_, frozenset(rests_on)), Sharing("token", NOON, NOON))

    async def drain(self) -> list[str]:
        """Return the assets that inference is asked to look at, and forget all messages."""
        asked = []
        for consumer in Consumer:
            for delivery in await self.bus.fetch(consumer, 1000, 0):
                asked += [delivery.message.subject] if consumer is Consumer.INFERENCE else []
                await delivery.ack()
        return sorted(asked)

    def find(self, *needles: bytes) -> list[tuple[Path, bytes]]:
        """Return where these bytes are, in any file's content or path."""
        files = [path for path in self.folder.rglob("*") if path.is_file()]
        contents = [(path, bytes(path) + path.read_bytes()) for path in files]
        return [(path, needle) for path, content in contents for needle in needles if needle in content]


def story(id_: str, rests_on: frozenset[Scope]) -> Story:
    media, cover, title = (StoryMedia(AssetId("a")),), AssetId("a"), "A day in Lisbon"
    kind, evidence, day = StoryKind.EVENT, ("Maria Silva in 3 of them",), NOON.date()
    return Story(
        StoryId(id_),
        kind,
        Form.COLLAGE,
        title,
        "",
        cover,
        media,
        0.5,
        evidence,
        NOON,
        NOON,
        day,
        None,
        rests_on,
    )


@pytest.fixture
async def home(tmp_path: Path) -> AsyncIterator[Home]:
    rows = await open_sqlite(tmp_path / "catalog.db")
    yield Home(tmp_path, rows)
    await rows.close()


@pytest.fixture
async def full(home: Home) -> Home:
    """Two owners with an asset each; Ana has stories."""
    for owner in (ANA, BEN):
        await home.consent.grant(owner, set(Scope), "2024-05")
        await home.store_asset(owner, "a")
    await home.tell_stories(ANA)
    await home.drain()
    return home


async def test_nothing_is_granted_until_it_is(home: Home) -> None:
    assert (await home.consent.get(ANA)).scopes == frozenset()
    consent = await home.consent.grant(ANA, {Scope.CLOUD_PROCESSING, Scope.FACES}, "2024-05")
    assert consent.scopes == {Scope.CLOUD_PROCESSING, Scope.FACES}
    assert consent.grants[Scope.FACES].terms_version == "2024-05"
    assert (await home.consent.get(BEN)).scopes == frozenset()


async def test_other_scopes_rest_on_cloud_processing(home: Home) -> None:
    with pytest.raises(FailedPrecondition, match="CLOUD_PROCESSING"):
        await home.consent.grant(ANA, {Scope.FACES}, "2024-05")
    for scopes, terms in ((set(), "2024-05"), ({Scope.CLOUD_PROCESSING}, "")):
        with pytest.raises(InvalidArgument):
            await home.consent.grant(ANA, scopes, terms)


async def test_granting_again_renews_and_keeps_the_others(home: Home) -> None:
    await home.consent.grant(ANA, {Scope.CLOUD_PROCESSING, Scope.FACES}, "1")
    consent = await home.consent.grant(ANA, {Scope.FACES}, "2")
    assert {scope: grant.terms_version for scope, grant in consent.grants.items()} == {
        Scope.CLOUD_PROCESSING: "1",
        Scope.FACES: "2",
    }


async def test_a_later_grant_looks_again_at_what_lacks_it(full: Home) -> None:
    await full.store_asset(ANA, "b")
    async with full.catalog.transaction(ANA) as tx:
        await tx.drop(Kind.ASSET, "b", Content)
        await tx.put(Kind.ASSET, "c", state=AssetState.UNREADABLE)
    await full.consent.grant(ANA, {Scope.FACES, Scope.LOCATION}, "2")
    assert await full.drain() == []
    await full.consent.grant(ANA, {Scope.CONTENT}, "2")
    assert await full.drain() == ["b"]
    states = {record.id: record.state for record in await full.catalog.find(ANA, Kind.ASSET)}
    assert states == {"a": AssetState.ANALYSED, "b": AssetState.DESCRIBED, "c": AssetState.UNREADABLE}


async def test_taking_back_faces_erases_what_rests_on_faces(full: Home) -> None:
    consent, receipt = await full.revoke(ANA, {Scope.FACES})
    assert Scope.FACES not in consent.grants
    asset = await full.catalog.get(ANA, Kind.ASSET, "a")
    assert set(asset.facets) == {Original, Description, Location, Content}
    assert [record.id for record in await full.catalog.find(ANA, Kind.STORY)] == ["place", "plain"]
    assert (receipt.scopes, receipt.account_erased) == ((Scope.FACES,), False)
    assert receipt.erased == Erasure(records=1, facets=3)
    assert set((await full.catalog.get(BEN, Kind.ASSET, "a")).facets) > {Faces, Appearances}
    (delivery,) = await full.bus.fetch(Consumer.SCHEDULER, 10, 0)
    assert delivery.message.owner == ANA


async def test_taking_back_location_sends_back_what_was_described_by_it(full: Home) -> None:
    there = Description(NOON, CaptureTimeSource.EXIF_PLACE, rests_on=frozenset({Scope.LOCATION}))
    await full.store_asset(ANA, "b")
    async with full.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "b", there)
    await full.revoke(ANA, {Scope.LOCATION})
    states = {record.id: record.state for record in await full.catalog.find(ANA, Kind.ASSET)}
    assert states == {"a": AssetState.ANALYSED, "b": AssetState.STORED}
    told = await full.bus.fetch(Consumer.METADATA, 10, 0)
    assert [delivery.message.subject for delivery in told] == ["b"]


async def test_granting_faces_again_starts_from_nothing(full: Home) -> None:
    await full.revoke(ANA, {Scope.FACES})
    await full.drain()
    await full.consent.grant(ANA, {Scope.FACES}, "2")
    assert (await full.catalog.get(ANA, Kind.ASSET, "a")).get(Faces) is None
    assert await full.drain() == ["a"]


async def test_taking_back_cloud_processing_erases_all_but_the_account(full: Home) -> None:
    consent, receipt = await full.revoke(ANA, {Scope.CLOUD_PROCESSING})
    assert consent.grants == {}
    assert receipt.scopes == tuple(sorted(Scope))
    assert (receipt.erased.records, receipt.erased.facets, receipt.erased.blobs) == (4, 12, 1)
    assert receipt.erased.bytes > len(PHOTO)
    assert await full.catalog.find(ANA, Kind.ASSET) == []
    with pytest.raises(ConsentRequired):
        await full.vault.stage(ANA, original_key(ANA, AssetId("b")))
    actions = [r.require(AuditEntry).action for r in await full.audit(ANA, None, 10)]
    assert actions == [AuditAction.CONSENT_REVOKED, AuditAction.CONSENT_GRANTED]
    assert await full.vault.read(BEN, original_key(BEN, AssetId("a"))) == PHOTO


async def test_taking_back_what_was_never_granted_is_no_error(home: Home) -> None:
    consent, receipt = await home.revoke(ANA, {Scope.FACES})
    assert consent.grants == {}
    assert receipt.erased == Erasure()
    assert await home.catalog.owners() == []
    with pytest.raises(InvalidArgument):
        await home.revoke(ANA, set())


async def test_receipts_are_signed_and_name_nobody(full: Home) -> None:
    _, receipt = await full.revoke(ANA, {Scope.FACES})
    assert verify(receipt.public_key, receipt.statement, receipt.signature)
    assert ANA.encode() not in receipt.statement
    changed = replace(receipt, erased=Erasure(records=999))
    assert not verify(receipt.public_key, changed.statement, receipt.signature)


async def test_the_audit_log_pages_newest_first(full: Home) -> None:
    for terms in "234":
        await full.consent.grant(ANA, {Scope.LEARNING}, terms)
    first = await full.audit(ANA, None, 3)
    rest = await full.audit(ANA, (first[-1].time, first[-1].id), 3)
    details = [record.require(AuditEntry).detail for record in [*first, *rest]]
    assert [detail[-1] for detail in details] == ["4", "3", "2", "5"]


async def test_nothing_private_is_on_the_disk_in_clear(full: Home) -> None:
    stored = b"".join(facet_codec.encode(facet) for facet in await all_facets(full, ANA)) + PHOTO
    assert all(needle in stored for needle in PRIVATE)
    assert full.find(*PRIVATE) == []


async def test_after_erasing_nothing_of_the_owner_is_on_the_disk(full: Home) -> None:
    sealed = await sealed_bytes_of(full, ANA)
    assert len(full.find(*sealed)) >= len(sealed)
    receipt = await full.erase(ANA, confirm=True)
    assert full.find(*sealed, *PRIVATE, b"ana@home", b"ana%40home", b"ana%2540home") == []
    assert_erased(receipt)
    assert await full.catalog.owners() == [BEN]
    assert (await full.consent.get(ANA)).grants == {}
    with pytest.raises(NotFound):
        await full.catalog.get(ANA, Kind.ASSET, "a")
    assert await full.vault.read(BEN, original_key(BEN, AssetId("a"))) == PHOTO


async def test_after_taking_faces_back_their_sealed_bytes_are_gone_from_the_disk(full: Home) -> None:
    sealed = await sealed_bytes_of(full, ANA, "faces")
    assert len(full.find(*sealed)) == 1
    await full.revoke(ANA, {Scope.FACES})
    assert full.find(*sealed) == []


async def test_erasing_wants_to_be_confirmed_and_can_be_repeated(full: Home) -> None:
    with pytest.raises(InvalidArgument, match="confirm"):
        await full.erase(ANA, confirm=False)
    await full.erase(ANA, confirm=True)
    assert (await full.erase(ANA, confirm=True)).erased == Erasure()
    await full.consent.grant(ANA, {Scope.CLOUD_PROCESSING}, "again")
    assert len(await full.audit(ANA, None, 10)) == 1


def assert_erased(receipt: Receipt) -> None:
    assert receipt.account_erased
    assert receipt.erased.blobs == 1
    assert receipt.erased.records >= 6
    assert verify(receipt.public_key, receipt.statement, receipt.signature)


async def sealed_bytes_of(home: Home, owner: OwnerId, *names: str) -> list[bytes]:
    """Return pieces of what is stored for the owner: sealed facets, wrapped keys, the sealed original."""
    async with home.catalog._rows.read() as rows:
        facets = [f for row in await rows.records.get(owner, Kind.ASSET, ["a"]) for f in row.facets]
        keys = await rows.keys.all(owner)
    wanted = [facet.sealed[:40] for facet in facets if not names or facet.name in names]
    if names:
        return wanted
    blob = b"".join(path.read_bytes() for path in home.folder.glob("blobs/ana*/originals/a"))
    return [*wanted, *(wrapped[:40] for wrapped in keys.values()), blob[100:140], blob[-40:]]


async def all_facets(home: Home, owner: OwnerId) -> list[Facet]:
    records = [record for kind in Kind for record in await home.catalog.find(owner, kind)]
    return [facet for record in records for facet in record.facets.values()]
