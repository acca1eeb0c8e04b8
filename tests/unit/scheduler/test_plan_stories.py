"""Planning over a stored library: what is stored, what stays, what makes it start again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

import pytest

from services.adapters.holidays import OfflineHolidays
from services.domain.accounts import ACCOUNT_ID, Planned
from services.domain.consent import Scope
from services.domain.errors import LeaseLost
from services.domain.facets import Appearances, Person
from services.domain.identity import OwnerId
from services.domain.library import Library
from services.domain.messages import Consumer
from services.domain.ports import Holidays
from services.domain.records import Kind, Record, StoryState
from services.domain.stories.story import AlbumEvent, Sharing, Story
from services.scheduler.owner_clock import OwnerClock
from services.scheduler.plan_stories import PlanStories
from services.scheduler.planners import Made, Planners
from services.scheduler.read_library import Snapshot
from tests.stored_library import ANA, LISBON, NOW, StoredLibrary, seen, story
from tests.unit.scheduler.conftest import right_to_plan

WEDNESDAY = datetime(2024, 5, 1, 14, tzinfo=UTC)
TODAY = date(2024, 5, 10)

Change = Callable[[], Coroutine[Any, Any, None]]


@pytest.fixture
async def planning(library: StoredLibrary) -> PlanStories:
    ports = library.catalog, OwnerClock(library.clock), library.signals, OfflineHolidays()
    return PlanStories(*ports, Planners(2), lease_of=await right_to_plan(library))


async def an_afternoon(library: StoredLibrary, first: int = 0, n: int = 5, who: tuple[str, ...] = ()) -> None:
    """Add some photos of one afternoon in Lisbon."""
    for i in range(first, first + n):
        at = WEDNESDAY + timedelta(minutes=7 * i)
        await library.add(f"a{i}", at, seen(f"a{i}"), LISBON, who=who)


async def only_story(library: StoredLibrary) -> Record:
    (record,) = await library.catalog.find(ANA, Kind.STORY)
    return record


def shown(record: Record) -> set[str]:
    return {item.asset_id for item in record.require(Story).media}


async def planned(library: StoredLibrary) -> Planned | None:
    return (await library.catalog.get(ANA, Kind.ACCOUNT, ACCOUNT_ID)).get(Planned)


@pytest.fixture
def meanwhile(monkeypatch: pytest.MonkeyPatch) -> Callable[[Change], list[Library]]:
    """Let a change happen while the first plan is made; return the libraries as they were read."""

    def arrange(change: Change) -> list[Library]:
        loop, looked_at = asyncio.get_running_loop(), list[Library]()

        whole = Planners.plan

        def interrupted(
            self: Planners, owner: OwnerId, snapshot: Snapshot, today: date, holidays: Holidays
        ) -> Made:
            looked_at.append(snapshot.library)
            if len(looked_at) == 1:
                asyncio.run_coroutine_threadsafe(change(), loop).result(10)
            return whole(self, owner, snapshot, today, holidays)

        monkeypatch.setattr(Planners, "plan", interrupted)
        return looked_at

    return arrange


async def test_new_stories_are_proposed_and_told_of(library: StoredLibrary, planning: PlanStories) -> None:
    await an_afternoon(library)
    told = asyncio.create_task(library.signals.wait(f"stories:{ANA}", 5))
    await asyncio.sleep(0)
    assert await planning(ANA, TODAY) == 1
    record = await only_story(library)
    assert (record.state, record.time) == (StoryState.PROPOSED, WEDNESDAY)
    assert shown(record) == {"a0", "a1", "a2", "a3", "a4"}
    (event,) = await library.catalog.find(ANA, Kind.EVENT)
    assert event.require(AlbumEvent).asset_ids == ("a0", "a1", "a2", "a3", "a4")
    assert await planned(library) == Planned(5, pytest.approx(NOW, abs=timedelta(minutes=1)))
    assert await library.audited() == ["stories_planned"]
    assert await told


async def test_planning_again_changes_nothing(library: StoredLibrary, planning: PlanStories) -> None:
    await an_afternoon(library)
    await planning(ANA, TODAY)
    before = await only_story(library)
    await planning(ANA, TODAY)
    assert (await only_story(library)).revision == before.revision
    assert await library.audited() == ["stories_planned"]


async def test_a_story_grows_with_its_event(library: StoredLibrary, planning: PlanStories) -> None:
    await an_afternoon(library)
    await planning(ANA, TODAY)
    before = await only_story(library)
    await an_afternoon(library, first=5, n=2)
    await planning(ANA, TODAY)
    after = await only_story(library)
    assert (after.id, after.state) == (before.id, StoryState.PROPOSED)
    assert after.revision > before.revision
    assert {"a5", "a6"} <= shown(after)


async def test_a_story_without_pictures_is_withdrawn(library: StoredLibrary, planning: PlanStories) -> None:
    await an_afternoon(library)
    await planning(ANA, TODAY)
    await library.remove(Kind.ASSET, "a1", "a2", "a3")
    assert await planning(ANA, TODAY) == 0
    assert await library.states(Kind.STORY) == {}
    (event,) = await library.catalog.find(ANA, Kind.EVENT)
    assert event.require(AlbumEvent).asset_ids == ("a0", "a4")


@pytest.mark.parametrize("state", [StoryState.SAVED, StoryState.SHARED, StoryState.DISMISSED])
async def test_what_the_owner_decided_about_survives(
    library: StoredLibrary, planning: PlanStories, state: StoryState
) -> None:
    await an_afternoon(library)
    await planning(ANA, TODAY)
    id_ = (await only_story(library)).id
    sharing = Sharing("token", NOW, NOW)
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.STORY, id_, sharing, state=state)
    await an_afternoon(library, first=5, n=2)
    await planning(ANA, TODAY)
    grown = await only_story(library)
    assert (grown.state, grown.get(Sharing)) == (state, sharing)
    assert {"a5", "a6"} <= shown(grown)
    await library.remove(Kind.ASSET, *(f"a{i}" for i in range(7)))
    assert await planning(ANA, TODAY) == 0
    assert await library.states(Kind.STORY) == {id_: state}


async def test_a_proposal_that_planning_does_not_make_goes(
    library: StoredLibrary, planning: PlanStories
) -> None:
    await library.add("a", WEDNESDAY)
    await library.tell(story("old", "a"))
    assert await planning(ANA, TODAY) == 0
    assert await library.states(Kind.STORY) == {}


async def test_people_are_found_and_stored_with_the_stories(
    library: StoredLibrary, planning: PlanStories
) -> None:
    await an_afternoon(library, who=("maria",))
    await planning(ANA, TODAY)
    (person,) = await library.catalog.find(ANA, Kind.PERSON)
    assert person.require(Person).face_count == 5
    assert (await only_story(library)).require(Story).people in ((), (person.id,))
    asset = await library.catalog.get(ANA, Kind.ASSET, "a0")
    assert asset.require(Appearances).people == (person.id,)


async def test_planning_starts_again_when_faces_are_taken_back(
    library: StoredLibrary, planning: PlanStories, meanwhile: Callable[[Change], list[Library]]
) -> None:
    await an_afternoon(library, who=("maria",))
    looked_at = meanwhile(lambda: library.grant(Scope.CLOUD_PROCESSING, Scope.LOCATION))
    assert await planning(ANA, TODAY) == 1
    assert [Scope.FACES in library.scopes for library in looked_at] == [True, False]
    assert await library.states(Kind.PERSON) == {}
    assert (await only_story(library)).require(Story).scopes <= {Scope.CLOUD_PROCESSING, Scope.LOCATION}


async def test_planning_ends_when_everything_is_taken_back(
    library: StoredLibrary, planning: PlanStories, meanwhile: Callable[[Change], list[Library]]
) -> None:
    await an_afternoon(library)
    looked_at = meanwhile(library.grant)
    assert await planning(ANA, TODAY) == 0
    assert len(looked_at) == 1
    assert await library.states(Kind.STORY) == {}


async def test_planning_starts_again_when_a_picture_is_deleted(
    library: StoredLibrary, planning: PlanStories, meanwhile: Callable[[Change], list[Library]]
) -> None:
    await an_afternoon(library)
    looked_at = meanwhile(lambda: library.remove(Kind.ASSET, "a2"))
    await planning(ANA, TODAY)
    assert [len(library.assets) for library in looked_at] == [5, 4]
    assert shown(await only_story(library)) == {"a0", "a1", "a3", "a4"}


async def test_planning_starts_again_when_a_person_is_changed(
    library: StoredLibrary, planning: PlanStories, meanwhile: Callable[[Change], list[Library]]
) -> None:
    await an_afternoon(library, who=("maria",))
    await planning(ANA, TODAY)
    (record,) = await library.catalog.find(ANA, Kind.PERSON)
    named = Person("Maria", centroids=record.require(Person).centroids)
    looked_at = meanwhile(lambda: library.name(record.id, named))
    await planning(ANA, TODAY)
    assert [person.name for seen in looked_at for person in seen.people.values()] == ["", "Maria"]
    assert (await library.catalog.get(ANA, Kind.PERSON, record.id)).require(Person).name == "Maria"


async def test_an_owner_who_allows_nothing_is_passed_over(
    library: StoredLibrary, planning: PlanStories
) -> None:
    await library.grant()
    assert await planning(ANA, TODAY) == 0
    assert await planned(library) is None
    assert await library.heard(Consumer.SCHEDULER) == []


async def test_a_story_keeps_the_day_of_the_plan_that_first_told_it(
    library: StoredLibrary, planning: PlanStories
) -> None:
    await an_afternoon(library)
    for later in range(3):
        await planning(ANA, TODAY + timedelta(days=later))
        assert (await only_story(library)).require(Story).first_told == TODAY


async def test_the_day_is_that_of_where_the_owner_lives(
    library: StoredLibrary, planning: PlanStories
) -> None:
    auckland = timezone(timedelta(hours=12))
    for i in range(5):
        at = datetime(2024, 5, 10, 9, tzinfo=auckland) + timedelta(minutes=9 * i)
        await library.add(f"a{i}", at, seen(f"a{i}"))
    assert await planning(ANA, TODAY) == 1, "in Auckland it is the day after"
    assert (await only_story(library)).require(Story).first_told == TODAY + timedelta(days=1)


async def test_nothing_is_stored_for_an_owner_who_came_to_be_somebody_elses(
    library: StoredLibrary, planning: PlanStories, meanwhile: Callable[[Change], list[Library]]
) -> None:
    await an_afternoon(library)
    meanwhile(library.leases.leave)
    with pytest.raises(LeaseLost):
        await planning(ANA, TODAY)
    assert await library.catalog.find(ANA, Kind.STORY) == []
    assert await planned(library) is None
