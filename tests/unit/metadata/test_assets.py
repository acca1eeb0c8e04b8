"""Listing an owner's assets, and deleting them with all that refers to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from services.domain.errors import InvalidArgument, NotFound, Unavailable
from services.domain.facets import Description, Person
from services.domain.identity import AssetId, OwnerId, PersonId, original_key
from services.domain.messages import Consumer, MessageType
from services.domain.records import Erasure, Kind, StoryState
from services.metadata.assets import MOST_DELETED_AT_ONCE, AssetFilter, Assets, Cursor
from tests.stored_library import ANA, BEN, GRAZ, LISBON, StoredLibrary, described, seen, story

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
A, B, C = AssetId("a"), AssetId("b"), AssetId("c")
HOUR = timedelta(hours=1)


@pytest.fixture
def assets(library: StoredLibrary) -> Assets:
    return Assets(library.catalog, library.vault, library.clock)


async def found(assets: Assets, which: AssetFilter = AssetFilter()) -> str:
    return "".join(record.id for record in await assets.page(ANA, which, None, 100))


async def description(library: StoredLibrary, asset: str) -> Description:
    return (await library.catalog.get(ANA, Kind.ASSET, asset)).require(Description)


@pytest.fixture
async def album(library: StoredLibrary) -> StoredLibrary:
    """Two photos in Lisbon, one of them on a beach with Maria, one in Graz, one nowhere."""
    await library.add("a", AT, LISBON, seen("a", "beach"), who=("maria",))
    await library.add("b", AT + HOUR, LISBON, seen("b", "city"))
    await library.add("c", AT + 2 * HOUR, GRAZ, seen("c", "beach", "city"), who=("maria",))
    await library.add("d", AT + 3 * HOUR)
    await library.name("p1", Person("Maria"), "a", "c")
    return library


@pytest.mark.parametrize(
    ("which", "ids"),
    [
        (AssetFilter(), "abcd"),
        (AssetFilter(since=AT + HOUR), "bcd"),
        (AssetFilter(until=AT + HOUR), "a"),
        (AssetFilter(since=AT + HOUR, until=AT + HOUR), ""),
        (AssetFilter(place="PT/Lisbon"), "ab"),
        (AssetFilter(place="PT"), "ab"),
        (AssetFilter(place="Lisbon"), ""),
        (AssetFilter(person=PersonId("p1")), "ac"),
        (AssetFilter(person=PersonId("p2")), ""),
        (AssetFilter(theme="beach"), "ac"),
        (AssetFilter(theme="beach", place="AT"), "c"),
        (AssetFilter(since=AT + HOUR, person=PersonId("p1"), theme="city"), "c"),
    ],
)
async def test_filters_hold_together(
    album: StoredLibrary, assets: Assets, which: AssetFilter, ids: str
) -> None:
    assert await found(assets, which) == ids


async def test_a_range_that_ends_before_it_starts_is_refused(assets: Assets) -> None:
    with pytest.raises(InvalidArgument, match="ends before it starts"):
        await found(assets, AssetFilter(since=AT, until=AT - HOUR))


async def test_pages_follow_each_other_though_times_are_equal(library: StoredLibrary, assets: Assets) -> None:
    for id_ in "edcba":
        await library.add(id_, AT)
    pages, after = [], None
    while page := await assets.page(ANA, AssetFilter(), after, 2):
        pages.append("".join(record.id for record in page))
        after: Cursor | None = (page[-1].time, page[-1].id)
    assert pages == ["ab", "cd", "e"]


async def test_one_asset_is_read_by_its_owner_alone(album: StoredLibrary, assets: Assets) -> None:
    assert (await assets.get(ANA, A)).id == "a"
    for owner, id_ in ((BEN, "a"), (ANA, "no such")):
        with pytest.raises(NotFound, match=f"there is no asset {id_}"):
            await assets.get(owner, AssetId(id_))


async def test_deleting_takes_record_and_original_and_says_so(library: StoredLibrary, assets: Assets) -> None:
    for id_ in "abc":
        await library.add(id_, AT, data=b"a photo")
    assert await assets.delete(ANA, [A, C, AssetId("no such")]) == 2
    assert await found(assets) == "b"
    for id_ in (A, C):
        with pytest.raises(NotFound):
            await library.vault.size(ANA, original_key(ANA, id_))
    assert await library.vault.read(ANA, original_key(ANA, B)) == b"a photo"
    assert await library.audited() == ["assets_deleted"]
    assert await library.heard(Consumer.SCHEDULER) == [(MessageType.LIBRARY_CHANGED, "")]


async def test_a_deletion_that_breaks_off_leaves_nothing_behind_when_it_is_repeated(
    library: StoredLibrary,
) -> None:
    class Away:
        """A vault that goes away after the first deletion."""

        async def delete(self, owner: OwnerId, key: str) -> Erasure:
            if key == original_key(ANA, B):
                raise Unavailable("the store is away")
            return await library.vault.delete(owner, key)

    for id_ in "ab":
        await library.add(id_, AT, data=b"a photo")
    broken = Assets(library.catalog, Away(), library.clock)  # type: ignore[arg-type]
    with pytest.raises(Unavailable):
        await broken.delete(ANA, [A, B])
    assert await library.audited() == []
    assets = Assets(library.catalog, library.vault, library.clock)
    assert await assets.delete(ANA, [A, B]) == 2
    assert await found(assets) == ""
    for id_ in (A, B):
        with pytest.raises(NotFound):
            await library.vault.size(ANA, original_key(ANA, id_))


async def test_stories_that_show_a_deleted_asset_are_withdrawn(
    library: StoredLibrary, assets: Assets
) -> None:
    for id_ in "abc":
        await library.add(id_, AT, data=b"a photo")
    await library.tell(story("both", "a", "b"), story("other", "b", "c"))
    await library.tell(story("kept", "c", "a"), state=StoryState.SAVED)
    await assets.delete(ANA, [A])
    assert set(await library.states(Kind.STORY)) == {"other"}


async def test_what_referred_to_a_deleted_asset_stands_for_itself(
    library: StoredLibrary, assets: Assets
) -> None:
    await library.add("a", AT)
    await library.add("b", AT, described(AT, duplicate_of=A, pair=C, burst="x"))
    await library.add("c", AT, described(AT, pair=B))
    await assets.delete(ANA, [A])
    assert await description(library, "b") == described(AT, pair=C, burst="x")
    assert await description(library, "c") == described(AT, pair=B)
    await assets.delete(ANA, [C])
    assert await description(library, "b") == described(AT, burst="x")


async def test_what_refers_to_each_other_is_deleted_together(library: StoredLibrary, assets: Assets) -> None:
    await library.add("a", AT, described(AT, pair=B))
    await library.add("b", AT, described(AT, pair=A))
    await library.add("c", AT, described(AT, duplicate_of=A, pair=B))
    assert await assets.delete(ANA, [A, B]) == 2
    assert await found(assets) == "c"
    assert await description(library, "c") == described(AT)


async def test_deleting_what_is_not_there_changes_nothing(library: StoredLibrary, assets: Assets) -> None:
    await library.add("a", AT, data=b"a photo")
    await replace(library, owner=BEN).grant()
    assert await assets.delete(BEN, [A]) == 0
    assert await assets.delete(ANA, [AssetId("no such")]) == 0
    assert await library.vault.read(ANA, original_key(ANA, A)) == b"a photo"
    assert await library.audited() == []
    assert await library.heard(Consumer.SCHEDULER) == []


@pytest.mark.parametrize("count", [0, MOST_DELETED_AT_ONCE + 1])
async def test_how_many_are_deleted_at_once_is_bounded(assets: Assets, count: int) -> None:
    with pytest.raises(InvalidArgument, match=f"{count} were named"):
        await assets.delete(ANA, [AssetId(str(n)) for n in range(count)])
