"""What every Catalog must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import numpy as np
import pytest

from services.adapters.sealed.catalog import SealedCatalog
from services.domain.consent import Scope
from services.domain.errors import AlreadyExists, ConsentRequired, NotFound
from services.domain.facets import (
    Appearances,
    Content,
    Description,
    Face,
    Faces,
    Location,
    Original,
    Tag,
)
from services.domain.identity import AssetId, OwnerId, PersonId, StoryId
from services.domain.media import Box, CaptureTimeSource, Coordinates, MediaKind, Place
from services.domain.records import Kind, Query
from services.domain.stories.story import Form, Sharing, Story, StoryKind, StoryMedia

ANA, BEN = OwnerId("ana"), OwnerId("ben")
LISBON_TIME = timezone(timedelta(hours=1))
NOON = datetime(2024, 5, 3, 12, tzinfo=LISBON_TIME)
LISBON = Place("Lisbon", "Portugal", "PT", "", "Europe/Lisbon")


def description(at: datetime = NOON) -> Description:
    return Description(at, CaptureTimeSource.EXIF_OFFSET, perceptual_hash=2**64 - 1)


def original(name: str = "IMG_1.jpg") -> Original:
    return Original(name, name, "image/jpeg", MediaKind.PHOTO, 10, bytes(32), "ana/x", NOON)


def content(*themes: str) -> Content:
    vector = np.linspace(-1, 1, 1280, dtype=np.float32)
    vector /= np.linalg.norm(vector)
    return Content((Tag("dog", 0.9),), tuple(Tag(t, 0.8) for t in themes), vector, 0.7, 0.01)


def story(*assets: str, rests_on: frozenset[Scope]) -> Story:
    media = tuple(StoryMedia(AssetId(asset)) for asset in assets)
    kind, form, cover, day = StoryKind.TRIP, Form.COLLAGE, AssetId(assets[0]), NOON.date()
    return Story(
        StoryId("s"), kind, form, "Lisbon", "", cover, media, 0.5, (), NOON, NOON, day, None, rests_on
    )


async def put(
    catalog: SealedCatalog, id_: str, *facets, owner: OwnerId = ANA, kind: Kind = Kind.ASSET, **columns
):
    async with catalog.transaction(owner) as tx:
        await tx.put(kind, id_, *facets, **columns)


async def change_two_then_fail(catalog: SealedCatalog) -> None:
    async with catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "a", original("after"))
        await tx.put(Kind.ASSET, "b", original())
        raise ConsentRequired("faces")


async def ids(catalog: SealedCatalog, **query) -> list[str]:
    return [record.id for record in await catalog.find(ANA, Kind.ASSET, Query(**query))]


async def test_reads_back_what_was_put(catalog):
    faces = Faces((Face(Box(0.1, 0.2, 0.3, 0.4), 0.99, ((0.1, 0.2),) * 5, np.eye(128, dtype=np.float32)[3]),))
    place = Location(Coordinates(38.7, -9.1), LISBON)
    await put(catalog, "a", original(), description(), place, faces, time=NOON, state="stored")
    record = await catalog.get(ANA, Kind.ASSET, "a")
    assert (record.time, record.state, record.owner) == (NOON, "stored", ANA)
    assert record.require(Description) == description()
    assert record.require(Description).capture_time.utcoffset() == timedelta(hours=1)
    assert record.require(Original) == original()
    assert record.require(Location) == place
    np.testing.assert_array_equal(record.require(Faces).faces[0].embedding, faces.faces[0].embedding)
    assert record.get(Content) is None


async def test_embeddings_survive_to_a_thousandth(catalog):
    await put(catalog, "a", content())
    vector = (await catalog.get(ANA, Kind.ASSET, "a")).require(Content).embedding
    assert vector.dtype == np.float32
    assert float(vector @ content().embedding) > 0.999


async def test_a_put_replaces_only_the_facets_and_columns_given(catalog):
    await put(catalog, "a", original(), description(), time=NOON, state="stored")
    await put(catalog, "a", original("IMG_2.jpg"), state="described")
    record = await catalog.get(ANA, Kind.ASSET, "a")
    assert record.require(Original).filename == "IMG_2.jpg"
    assert record.get(Description) is not None
    assert (record.time, record.state) == (NOON, "described")


async def test_unknown_and_foreign_records_are_not_found_alike(catalog):
    await put(catalog, "a", original())
    for owner, id_ in ((ANA, "b"), (BEN, "a")):
        with pytest.raises(NotFound, match=f"there is no asset {id_}"):
            await catalog.get(owner, Kind.ASSET, id_)
    assert await catalog.find(BEN, Kind.ASSET) == []


async def test_get_many_keeps_the_order_and_leaves_out_the_missing(catalog):
    for id_ in "abc":
        await put(catalog, id_, original(id_))
    found = await catalog.get_many(ANA, Kind.ASSET, ["c", "x", "a"])
    assert [record.id for record in found] == ["c", "a"]


async def test_many_records_at_once(catalog):
    async with catalog.transaction(ANA) as tx:
        for i in range(1200):
            await tx.put(Kind.ASSET, f"{i:04}", original(str(i)), time=NOON)
    assert len(await catalog.find(ANA, Kind.ASSET)) == 1200
    assert len(await catalog.get_many(ANA, Kind.ASSET, [f"{i:04}" for i in range(1200)])) == 1200


async def test_finds_by_time_and_pages_in_both_directions(catalog):
    for i, id_ in enumerate("abcde"):
        await put(catalog, id_, original(), time=NOON + timedelta(hours=i // 2))
    await put(catalog, "timeless", original())
    hour = timedelta(hours=1)
    assert await ids(catalog, since=NOON, until=NOON + hour) == ["a", "b"]
    assert await ids(catalog, until=NOON) == []
    assert await ids(catalog, since=NOON, limit=3) == ["a", "b", "c"]
    assert await ids(catalog, after=(NOON + hour, "c")) == ["d", "e"]
    assert await ids(catalog) == ["timeless", *"abcde"]
    assert await ids(catalog, newest_first=True, limit=2) == ["e", "d"]
    assert await ids(catalog, newest_first=True, after=(NOON + hour, "d")) == ["c", "b", "a", "timeless"]
    assert await ids(catalog, after=(None, "timeless"), limit=1) == ["a"]


async def test_finds_by_state(catalog):
    for id_, state in (("a", "stored"), ("b", "described"), ("c", "analysed")):
        await put(catalog, id_, original(), state=state, time=NOON)
    assert await ids(catalog, states=frozenset({"stored", "analysed"})) == ["a", "c"]


async def test_counts_what_matches_whatever_the_page(catalog):
    for id_, state in (("a", "stored"), ("b", "stored"), ("c", "analysed")):
        await put(catalog, id_, original(), state=state, time=NOON)
    stored = Query(states=frozenset({"stored"}), limit=1, after=(NOON, "a"))
    assert await catalog.count(ANA, Kind.ASSET, stored) == 2
    assert await catalog.count(ANA, Kind.ASSET) == 3
    assert await catalog.count(ANA, Kind.STORY) == 0


async def test_finds_by_all_labels_together(catalog):
    place = Location(Coordinates(38.7, -9.1), LISBON)
    await put(catalog, "a", place, content("beach", "dog"), time=NOON)
    await put(catalog, "b", content("beach"), time=NOON)
    await put(catalog, "c", place, Appearances((PersonId("p"), None)), time=NOON)
    assert await ids(catalog, labels=(("theme", "beach"),)) == ["a", "b"]
    assert await ids(catalog, labels=(("theme", "beach"), ("place", "PT/Lisbon"))) == ["a"]
    assert await ids(catalog, labels=(("place", "PT"),)) == ["a", "c"]
    assert await ids(catalog, labels=(("person", "p"),)) == ["c"]
    assert await ids(catalog, labels=(("person", "nobody"),)) == []


async def test_labels_follow_their_facet(catalog):
    await put(catalog, "a", content("beach"))
    await put(catalog, "a", content("snow"))
    assert await ids(catalog, labels=(("theme", "beach"),)) == []
    assert await ids(catalog, labels=(("theme", "snow"),)) == ["a"]
    async with catalog.transaction(ANA) as tx:
        await tx.drop(Kind.ASSET, "a", Content)
    assert await ids(catalog, labels=(("theme", "snow"),)) == []


async def test_labels_are_found_whichever_scopes_sealed_them(catalog):
    for id_, rests_on in (("s1", {Scope.FACES, Scope.LOCATION}), ("s2", {Scope.CONTENT}), ("s3", set())):
        await put(catalog, id_, story("x", "y", rests_on=frozenset(rests_on)), kind=Kind.STORY)
    found = await catalog.find(ANA, Kind.STORY, Query(labels=(("asset", "y"),)))
    assert [record.id for record in found] == ["s1", "s2", "s3"]


async def test_opens_only_the_facets_asked_for(catalog):
    await put(catalog, "a", original(), description(), content("beach"))
    (record,) = await catalog.find(ANA, Kind.ASSET, Query(facets=frozenset({Description})))
    assert set(record.facets) == {Description}


async def test_revision_is_a_cursor_of_changes(catalog):
    await put(catalog, "a", original())
    await put(catalog, "b", original())
    seen = max(record.revision for record in await catalog.find(ANA, Kind.ASSET))
    await put(catalog, "a", description())
    assert await ids(catalog, changed_after=seen) == ["a"]
    async with catalog.transaction(ANA) as tx:
        await tx.delete(Kind.ASSET, ["a"])
    await put(catalog, "c", original())
    assert await ids(catalog, changed_after=seen + 1) == ["c"]


async def test_fingerprints_are_unique_and_looked_up(catalog):
    await put(catalog, "a", original(), fingerprint=b"1" * 32)
    await put(catalog, "a", original(), fingerprint=b"1" * 32)
    assert await catalog.lookup(ANA, Kind.ASSET, [b"1" * 32, b"2" * 32]) == {b"1" * 32: "a"}
    assert await catalog.lookup(BEN, Kind.ASSET, [b"1" * 32]) == {}
    with pytest.raises(AlreadyExists):
        await put(catalog, "b", original(), fingerprint=b"1" * 32)
    await put(catalog, "b", original(), fingerprint=b"1" * 32, owner=BEN)


async def test_a_deleted_record_frees_its_fingerprint(catalog):
    await put(catalog, "a", original(), content("beach"), fingerprint=b"1" * 32)
    async with catalog.transaction(ANA) as tx:
        assert await tx.delete(Kind.ASSET, ["a", "nothing"]) == 1
    assert await ids(catalog, labels=(("theme", "beach"),)) == []
    await put(catalog, "b", original(), fingerprint=b"1" * 32)


async def test_a_transaction_is_all_or_nothing(catalog):
    await put(catalog, "a", original("before"))
    with pytest.raises(ConsentRequired):
        await change_two_then_fail(catalog)
    assert (await catalog.get(ANA, Kind.ASSET, "a")).require(Original).filename == "before"
    assert await ids(catalog) == ["a"]


async def test_a_transaction_sees_its_own_changes_and_others_do_not(catalog):
    async with catalog.transaction(ANA) as tx:
        await tx.put(Kind.ASSET, "a", original(), content("beach"), time=NOON)
        assert (await tx.get(Kind.ASSET, "a")).get(Original) is not None
        assert [r.id for r in await tx.find(Kind.ASSET, Query(labels=(("theme", "beach"),)))] == ["a"]
        assert await ids(catalog) == []
    assert await ids(catalog) == ["a"]


async def test_nothing_is_put_without_consent(storage):
    await storage.keyring.destroy(ANA, frozenset({Scope.CONTENT}), account=False)
    with pytest.raises(ConsentRequired, match="CONTENT"):
        await put(storage.catalog, "a", original(), content())
    assert await ids(storage.catalog) == []


async def test_a_facet_whose_key_is_gone_is_absent(storage):
    await put(storage.catalog, "a", original(), content("beach"))
    await put(storage.catalog, "s", story("a", rests_on=frozenset({Scope.CONTENT})), kind=Kind.STORY)
    await storage.keyring.destroy(ANA, frozenset({Scope.CONTENT}), account=False)
    assert set((await storage.catalog.get(ANA, Kind.ASSET, "a")).facets) == {Original}
    assert (await storage.catalog.get(ANA, Kind.STORY, "s")).facets == {}
    assert await ids(storage.catalog, labels=(("theme", "beach"),)) == []


async def test_granting_again_does_not_bring_back_what_was_sealed(storage, caplog):
    await put(storage.catalog, "a", content("beach"))
    await storage.keyring.destroy(ANA, frozenset({Scope.CONTENT}), account=False)
    await storage.keyring.create(ANA, Scope.CONTENT)
    assert (await storage.catalog.get(ANA, Kind.ASSET, "a")).facets == {}
    assert "does not open" in caplog.text


async def test_erasing_a_scope_removes_exactly_what_rests_on_it(storage):
    catalog = storage.catalog
    await put(catalog, "a", original(), content("beach"), Appearances((PersonId("p"),)))
    await put(catalog, "b", content("beach"), owner=BEN)
    sharing = Sharing("token", NOON, NOON)
    await put(catalog, "s", story("a", rests_on=frozenset({Scope.FACES, Scope.CONTENT})), kind=Kind.STORY)
    await put(catalog, "t", story("a", rests_on=frozenset({Scope.FACES})), sharing, kind=Kind.STORY)
    erased = await catalog.erase(ANA, frozenset({Scope.FACES}))
    assert (erased.records, erased.facets) == (1, 3)
    assert set((await catalog.get(ANA, Kind.ASSET, "a")).facets) == {Original, Content}
    assert [set(r.facets) for r in await catalog.find(ANA, Kind.STORY)] == [{Sharing}]
    assert len(await catalog.find(BEN, Kind.ASSET)) == 1


async def test_erasing_an_owner_leaves_nothing_but_the_others(storage):
    catalog = storage.catalog
    await put(catalog, "a", original(), content("beach"), fingerprint=b"1" * 32)
    await put(catalog, "b", original(), owner=BEN)
    assert await catalog.owners() == [ANA, BEN]
    erased = await catalog.erase(ANA, None)
    assert (erased.records, erased.facets) == (1, 2)
    assert await catalog.owners() == [BEN]
    assert await storage.keyring.scopes(BEN) == frozenset(Scope)


async def test_times_keep_their_microseconds(catalog):
    at = datetime(1969, 7, 20, 20, 17, 40, 123456, tzinfo=UTC)
    await put(catalog, "a", original(), time=at)
    assert (await catalog.get(ANA, Kind.ASSET, "a")).time == at
