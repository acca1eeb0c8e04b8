"""Planning as things change equals planning from nothing, whatever changes in whatever order."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from functools import cache
from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.facets import Person
from services.domain.identity import AssetId, OccasionId, PersonId, StoryId
from services.domain.library import Library, LibraryAsset
from services.domain.media import CaptureTimeSource, Coordinates
from services.domain.stories.plan import Plan, plan
from services.domain.stories.planner import Planner
from services.domain.stories.story import Story
from tests.quality.occasions import LAST_YEAR, life, until
from tests.quality.simulator import simulate

FIRST, TODAY = date(2023, 1, 1), date(2024, 3, 2)
DECLARED = {OccasionId("o"): DeclaredOccasion(OccasionKind.OTHER, date(2023, 3, 1), title="The old house")}


@cache
def small() -> Sequence[LibraryAsset]:
    """Some hundred pictures of a year and a quarter, in order of time."""
    library = simulate(years=1.2, seed=8, first=FIRST, activity=0.25).library
    return sorted(library.assets, key=lambda asset: (asset.capture_time, asset.id))


@cache
def people() -> dict[PersonId, Person]:
    return dict(simulate(years=0.1, seed=8).library.people)


def told(made: Plan) -> tuple[object, ...]:
    """Everything that a plan says, in a form that compares."""
    trips = [(t.id, t.members.tolist(), t.start, t.end, t.days, t.places, t.farthest_km) for t in made.trips]
    return made.homes, made.events, trips, made.stories


def test_pictures_that_come_one_by_one_are_planned_as_if_all_had_come_at_once() -> None:
    assets = list(small()[:240])
    Random(5).shuffle(assets)
    planner = Planner(Library((), people()))
    for n, asset in enumerate(assets):
        planner.change([asset])
        if n % 12 == 0:
            assert told(planner.plan(TODAY)) == told(plan(Library(tuple(assets[: n + 1]), people()), TODAY))
    assert told(planner.plan(TODAY)) == told(plan(Library(tuple(assets), people()), TODAY))


CHANGES = st.lists(
    st.tuples(
        st.sampled_from(["come", "come many", "go", "go many", "move", "blur", "doubt", "copy", "lose place"])
        | st.sampled_from(["wrong year", "lose date"]),
        st.floats(0, 1, exclude_max=True),
        st.integers(0, 4),
    ),
    min_size=1,
    max_size=6,
)


@settings(deadline=None, max_examples=150)
@given(CHANGES, st.integers(0, 2**16), st.integers(0, 2))
def test_any_changes_lead_to_the_plan_of_the_library_that_they_leave(
    changes: list[tuple[str, float, int]], start: int, seed: int
) -> None:
    random = Random(start)
    there = {asset.id: asset for asset in random.sample(small(), random.randrange(60, 160))}
    planner = Planner(Library(tuple(there.values()), people()), seed)
    planner.plan(TODAY)
    for what, where, size in changes:
        put, gone = changed(there, what, where, size)
        planner.change(put, gone)
        there = {id_: a for id_, a in there.items() if id_ not in gone} | {a.id: a for a in put}
        today = TODAY + timedelta(days=size // 3)
        whole = Library(tuple(there.values()), people())
        assert told(planner.plan(today)) == told(plan(whole, today, seed))


def changed(
    there: dict[AssetId, LibraryAsset], what: str, where: float, size: int
) -> tuple[list[LibraryAsset], list[AssetId]]:
    """Return the assets to put and those that go: a few, or many at a time, somewhere in the timeline."""
    mine = sorted(there.values(), key=lambda asset: (asset.capture_time, asset.id))
    away = [asset for asset in small() if asset.id not in there]
    n = 1 + (size * 10 if what.endswith("many") else size)
    some = mine[int(where * len(mine)) :][:n]
    if what.startswith("come"):
        return away[int(where * len(away)) :][:n], []
    if what.startswith("go"):
        return [], [asset.id for asset in some]
    return [_altered(asset, what, mine) for asset in some], []


def _altered(asset: LibraryAsset, what: str, others: Sequence[LibraryAsset]) -> LibraryAsset:
    if what == "move":
        return replace(asset, capture_time=asset.capture_time + timedelta(days=17, minutes=3))
    if what == "blur":
        return replace(asset, readable=not asset.readable, quality=0.1)
    if what == "wrong year":
        return replace(asset, capture_time=asset.capture_time + timedelta(days=365))
    if what == "lose date":
        return replace(asset, capture_time_source=CaptureTimeSource.UPLOAD)
    if what == "doubt":
        return replace(asset, capture_time_source=CaptureTimeSource.HINT)
    if what == "copy":
        return replace(asset, duplicate_of=others[0].id if others[0] is not asset else others[-1].id)
    return replace(asset, coordinates=None if asset.coordinates else Coordinates(38.72, -9.14), place=None)


@settings(deadline=None, max_examples=50)
@given(CHANGES, st.integers(0, 2**16), st.booleans())
def test_any_changes_lead_to_the_same_plan_while_what_was_told_rests(
    changes: list[tuple[str, float, int]], start: int, forgetful: bool
) -> None:
    random, today = Random(start), TODAY
    there = {asset.id: asset for asset in random.sample(small(), random.randrange(120, 200))}
    planner = Planner(Library(tuple(there.values()), people()))
    before: dict[StoryId, Story] = {}
    for what, where, size in changes:
        put, gone = changed(there, what, where, size)
        planner.change(put, gone)
        there = {id_: a for id_, a in there.items() if id_ not in gone} | {a.id: a for a in put}
        whole = Library(tuple(there.values()), people(), told=tuple(before.values()))
        planner.look(whole)
        made = planner.plan(today)
        assert told(made) == told(plan(whole, today))
        before |= {story.id: story for story in made.stories}
        if forgetful:
            before.pop(random.choice([*before] or [StoryId("")]), None)
        today += timedelta(days=size // 2)


@pytest.mark.parametrize("today", [date(LAST_YEAR, 6, 12), date(LAST_YEAR, 12, 26)])
def test_years_with_every_kind_of_story_are_planned_the_same_as_they_come(today: date) -> None:
    library = until(life(seed=4), today)
    assets = sorted(library.assets, key=lambda asset: (asset.capture_time, asset.id))
    random = Random(1)
    late = set(random.sample(range(len(assets)), 40)) | set(range(len(assets) - 40, len(assets)))
    planner = Planner(replace(library, assets=tuple(a for i, a in enumerate(assets) if i not in late)))
    planner.plan(today)
    for i in late:
        planner.change([assets[i]])
        planner.plan(today)
    assert told(planner.plan(today)) == told(plan(library, today))


def test_what_is_said_besides_assets_is_taken_over() -> None:
    whole = Library(tuple(small()), people())
    planner = Planner(whole)
    planner.plan(TODAY)
    ana, lately = PersonId("ana"), plan(whole, TODAY - timedelta(days=5)).stories
    for library in (
        replace(whole, people=people() | {ana: replace(people()[ana], name="Anna")}),
        replace(whole, people=people() | {ana: replace(people()[ana], hidden=True)}),
        replace(whole, told=lately),
        replace(whole, told=lately[::2]),
        whole,
        replace(whole, declared=DECLARED),
        replace(whole, declared=DECLARED, people=people() | {ana: replace(people()[ana], name="Anna")}),
        replace(whole, hidden_days=frozenset({small()[5].day})),
        replace(whole, scopes=frozenset(Scope) - {Scope.LOCATION}),
        replace(whole, scopes=frozenset(Scope) - {Scope.FACES}),
        whole,
    ):
        planner.look(library)
        assert told(planner.plan(TODAY)) == told(plan(library, TODAY))
