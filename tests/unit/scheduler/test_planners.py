"""What is kept of an owner between plans: enough to plan again quickly, and not beyond consent."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from services.adapters.holidays import OfflineHolidays
from services.domain.consent import Scope
from services.domain.face_refs import FaceRef
from services.domain.facets import Appearances, Location, Person
from services.domain.identity import AssetId, OwnerId, PersonId
from services.domain.people import Grouping, PeopleIndex
from services.domain.records import Kind
from services.domain.stories.story import Story
from services.scheduler.owner_clock import OwnerClock
from services.scheduler.plan_stories import PlanStories
from services.scheduler.planners import Planners
from services.scheduler.read_library import read_library
from tests.stored_library import ANA, LISBON, StoredLibrary, described, seen
from tests.unit.scheduler.conftest import right_to_plan

NOON = datetime(2024, 5, 1, 12, tzinfo=UTC)
TODAY = date(2024, 5, 10)


async def taken(library: StoredLibrary, first: int, n: int) -> None:
    for i in range(first, first + n):
        await library.add(f"a{i}", NOON + timedelta(minutes=9 * i), seen(f"a{i}"), LISBON, who=("maria",))


async def stories(library: StoredLibrary) -> list[Story]:
    found = [record.require(Story) for record in await library.catalog.find(ANA, Kind.STORY)]
    return sorted(found, key=lambda story: story.id)


async def plan(library: StoredLibrary, planners: Planners) -> int:
    """Plan Ana's stories for today."""
    ports = library.catalog, OwnerClock(library.clock), library.signals, OfflineHolidays()
    return await PlanStories(*ports, planners, lease_of=await right_to_plan(library))(ANA, TODAY)


async def test_only_what_changed_is_read_again(library: StoredLibrary) -> None:
    await taken(library, 0, 4)
    before = await read_library(library.catalog, ANA)
    await taken(library, 4, 1)
    async with library.catalog.transaction(ANA) as tx:
        await tx.delete(Kind.ASSET, ["a1"])
    after = await read_library(library.catalog, ANA, before)
    known = {asset.id: asset for asset in before.library.assets}
    assert [asset.id for asset in after.library.assets] == ["a0", "a2", "a3", "a4"]
    assert all(known[asset.id] is asset for asset in after.library.assets if asset.id in known)
    assert after.settled == (await read_library(library.catalog, ANA)).settled == 4


async def test_everything_is_read_again_after_another_consent(library: StoredLibrary) -> None:
    await taken(library, 0, 2)
    before = await read_library(library.catalog, ANA)
    async with library.catalog.transaction(ANA) as tx:
        await tx.drop(Kind.ASSET, "a0", Location)
    await library.grant(*set(Scope) - {Scope.LOCATION})
    after = await read_library(library.catalog, ANA, before)
    assert [asset.place for asset in after.library.assets] == [None, None]


async def test_a_kept_planner_stores_what_a_new_one_would(library: StoredLibrary) -> None:
    planners = Planners(1)
    for first, n in ((0, 5), (5, 1), (200, 6), (6, 2)):
        await taken(library, first, n)
        await plan(library, planners)
    kept = await stories(library)
    await plan(library, Planners(1))
    assert kept
    assert await stories(library) == kept


async def people(library: StoredLibrary) -> dict[str, Person]:
    return {r.id: r.require(Person) for r in await library.catalog.find(ANA, Kind.PERSON)}


async def who(library: StoredLibrary) -> dict[str, tuple[PersonId | None, ...]]:
    records = await library.catalog.find(ANA, Kind.ASSET)
    return {record.id: record.require(Appearances).people for record in records}


async def test_faces_that_come_one_by_one_are_stored_as_if_all_had_come_at_once(
    library: StoredLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[list[str]] = []
    change = PeopleIndex.change

    def noted(
        index: PeopleIndex, put: Iterable[Sequence[FaceRef]] = (), gone: Iterable[AssetId] = ()
    ) -> Grouping:
        put = list(put)
        given.append([faces[0].asset_id for faces in put])
        return change(index, put, gone)

    monkeypatch.setattr(PeopleIndex, "change", noted)
    planners = Planners(1)
    for number, name in enumerate(["maria", "tom", "maria", "tom", "maria"]):
        await library.add(f"a{number}", NOON + timedelta(hours=number), seen(f"a{number}"), who=(name,))
        await plan(library, planners)
    assert given == [["a0"], ["a1"], ["a2"], ["a3"], ["a4"]]
    one_by_one = await who(library)
    maria, tom = one_by_one["a0"], one_by_one["a1"]
    assert [one_by_one[f"a{n}"] for n in range(5)] == [maria, tom, maria, tom, maria]
    assert {id_: p.face_count for id_, p in (await people(library)).items()} == {maria[0]: 3, tom[0]: 2}


async def test_what_the_owner_decides_about_people_stands_in_a_kept_planner(library: StoredLibrary) -> None:
    planners = Planners(1)
    await taken(library, 0, 4)
    await plan(library, planners)
    ((id_, person),) = (await people(library)).items()
    await library.name(PersonId(id_), replace(person, name="Maria"))
    await taken(library, 4, 1)
    await plan(library, planners)
    ((same, maria),) = (await people(library)).items()
    assert (same, maria.name, maria.face_count) == (id_, "Maria", 5)


async def test_nothing_is_kept_when_consent_is_gone(library: StoredLibrary) -> None:
    planners = Planners(1)
    await taken(library, 0, 5)
    await plan(library, planners)
    assert planners.last(ANA) is not None
    await library.grant()
    assert await plan(library, planners) == 0
    assert planners.last(ANA) is None


async def test_what_was_taken_back_is_in_no_kept_planner(library: StoredLibrary) -> None:
    planners = Planners(1)
    await taken(library, 0, 5)
    await plan(library, planners)
    await library.grant(*set(Scope) - {Scope.LOCATION})
    await plan(library, planners)
    last = planners.last(ANA)
    assert last is not None
    assert all(asset.coordinates is None for asset in last.library.assets)
    assert all(Scope.LOCATION not in story.rests_on for story in await stories(library))


async def test_who_is_forgotten_while_a_plan_is_made_stays_forgotten(
    library: StoredLibrary, monkeypatch: pytest.MonkeyPatch
) -> None:
    planners = Planners(1)
    await taken(library, 0, 5)
    snapshot = await read_library(library.catalog, ANA)
    found = planners.plan(ANA, snapshot, TODAY, OfflineHolidays()).found
    snapshot = replace(snapshot, besides=replace(snapshot.besides, people=found.people))
    kept = planners._kept[ANA].planner
    monkeypatch.setattr(kept, "look", lambda library: planners.forget(ANA))
    planners.plan(ANA, snapshot, TODAY, OfflineHolidays())
    assert planners.last(ANA) is None


async def test_the_owners_planned_last_are_kept(library: StoredLibrary) -> None:
    snapshot = await read_library(library.catalog, ANA)
    planners = Planners(2)
    for owner in ("one", "two", "one", "three"):
        planners.plan(OwnerId(owner), snapshot, TODAY, OfflineHolidays())
    kept = [planners.last(OwnerId(owner)) is not None for owner in ("one", "two", "three")]
    assert kept == [True, False, True]


async def test_a_story_shows_the_best_shot_of_a_moment_once_it_was_looked_at(library: StoredLibrary) -> None:
    await taken(library, 0, 8)
    for n, quality in (("a8", 0.2), ("a9", 0.9)):
        at = NOON + timedelta(minutes=40, seconds=int(n[1:]))
        first = AssetId("a8") if n == "a9" else None
        facets = described(at, duplicate_of=first), replace(seen("twin"), quality=quality), LISBON
        await library.add(n, at, *facets)
    await plan(library, Planners(2))
    shown = {item.asset_id for story in await stories(library) for item in story.media}
    assert "a9" in shown
    assert "a8" not in shown
