"""Between days: what was told lately rests, and what is told stays as it is."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import numpy as np
import pytest

from services.domain.consent import Scope
from services.domain.facets import Person
from services.domain.identity import AssetId, PersonId
from services.domain.library import Library
from services.domain.stories.cooldown import ANY_DAY, PICTURE_DAYS, Past
from services.domain.stories.curation import DAILY_LIMIT
from services.domain.stories.plan import plan
from services.domain.stories.planner import Planner
from services.domain.stories.story import Story, StoryKind
from tests.quality.evidence_check import false_claims
from tests.unit.domain.album import GRAZ, GRAZ_POINT, Album, a_trip, at

FIRST = date(2024, 6, 1)
DAY = timedelta(days=1)


def family(people: int, days: int = 12) -> Library:
    """Return a library in which everybody is often seen, alone and on days of their own."""
    album = Album(people={PersonId(f"p{n}"): Person(f"Name{n}") for n in range(people)})
    for n in range(people):
        for k in range(days):
            start = at(date(2023, 7, 1) + timedelta(days=people * k + n), 15)
            album.series(start, 2, minutes=45, who=(PersonId(f"p{n}"),), place=GRAZ, coordinates=GRAZ_POINT)
    return album.library()


def live(library: Library, first: date, days: int) -> Iterator[tuple[date, tuple[Story, ...]]]:
    """Plan day by day, each knowing what is stored of the one before."""
    told: tuple[Story, ...] = ()
    for n in range(days):
        today = first + n * DAY
        past = tuple(asset for asset in library.assets if asset.day <= today)
        made = plan(replace(library, assets=past, told=told), today)
        told = made.stories
        yield today, told


def test_the_first_plan_shows_at_once_what_there_is() -> None:
    stories = plan(family(5), FIRST).stories
    assert sum(story.kind is StoryKind.PERSON for story in stories) == 5
    assert {story.first_told for story in stories} == {FIRST}


def test_planning_again_on_the_same_day_or_the_next_changes_nothing() -> None:
    library = family(4)
    days = [stories for _, stories in live(library, FIRST, 3)]
    timeless = [{s.id: (s.media, s.due, s.first_told) for s in day if not s.expires} for day in days]
    assert timeless[0] == timeless[1] == timeless[2]
    again = plan(replace(library, told=days[0]), FIRST)
    assert again.stories == days[0]


def test_a_new_story_of_a_kind_waits_for_the_last_and_the_best_goes_first() -> None:
    library, known = family(6), {PersonId("p0"), PersonId("p1")}
    strangers = {id_: Person() for id_ in library.people if id_ not in known}
    told = plan(replace(library, people={**library.people, **strangers}), FIRST).stories
    days: list[set[PersonId]] = []
    for n in range(1, 7):
        made = plan(replace(library, told=told), FIRST + n * DAY).stories
        days.append({story.people[0] for story in made if story.kind is StoryKind.PERSON})
        told = made
    first_told = Counter(story.first_told for story in told if story.kind is StoryKind.PERSON)
    new = sorted(day for day in first_told if day and day > FIRST)
    assert new
    assert all(first_told[day] == 1 for day in new)
    gap = ANY_DAY[StoryKind.PERSON]
    assert all(later - earlier >= gap for earlier, later in zip([FIRST, *new], new, strict=False))


def test_old_pictures_that_come_late_are_told_little_by_little() -> None:
    album = Album()
    album.lives_in_graz(date(2024, 4, 1), 8)
    lately = album.series(at(FIRST - DAY, 10), 8, minutes=20, place=GRAZ, coordinates=GRAZ_POINT)
    told = plan(album.library(), FIRST).stories
    assert {story.cover for story in told} & {asset.id for asset in lately}
    for year in range(2004, 2024):
        a_trip(album, date(year, 3, 5))
    days = [told]
    for n in range(1, 5):
        days.append(plan(album.library(told=days[-1]), FIRST + n * DAY).stories)
    new = [[story for story in day if story.first_told == FIRST + n * DAY] for n, day in enumerate(days)]
    assert [len(stories) for stories in new[1:]] == [DAILY_LIMIT] * 4
    assert {story.id for story in told} <= {story.id for story in days[-1]}
    at_once = plan(album.library(), FIRST + DAY).stories
    assert len(at_once) > 4 * DAILY_LIMIT


def told_of(ids: list[AssetId], first_told: date, library: Library) -> Story:
    """Return a stored story of something else that shows these pictures."""
    story = plan(library, FIRST).stories[0]
    media = tuple(replace(story.media[0], asset_id=id_) for id_ in ids)
    scopes = frozenset({Scope.LOCATION})
    return replace(
        story, id="other", kind=StoryKind.WEEKEND, media=media, first_told=first_told, rests_on=scopes
    )  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("days_ago", "rest"), [(1, True), (PICTURE_DAYS.days, True), (PICTURE_DAYS.days + 1, False)]
)
def test_pictures_that_were_shown_lately_are_left_aside(days_ago: int, rest: bool) -> None:
    library = family(1)
    (person,) = (s for s in plan(library, FIRST).stories if s.kind is StoryKind.PERSON)
    shown = [item.asset_id for item in person.media][:4]
    library = replace(library, told=(told_of(shown, FIRST - days_ago * DAY, library),))
    made = plan(library, FIRST)
    (person,) = (s for s in made.stories if s.kind is StoryKind.PERSON)
    repeated = {item.asset_id for item in person.media} & set(shown)
    assert repeated == (set() if rest else set(shown))
    assert set(person.left_aside) == (set(shown) if rest else set())
    assert (Scope.LOCATION in person.rests_on) or not rest
    assert false_claims(person, library, made) == []
    later = replace(library, told=(person,))
    (again,) = (s for s in plan(later, FIRST + 3 * DAY).stories if s.id == person.id)
    assert (again.media, again.left_aside, again.due) == (person.media, person.left_aside, person.due)


def test_a_story_with_a_day_of_its_own_does_not_rest() -> None:
    album = Album()
    a_trip(album)
    library = album.library()
    event = next(s for s in plan(library, FIRST).stories if s.kind is StoryKind.TRIP)
    shown = [item.asset_id for item in event.media]
    made = plan(replace(library, told=(told_of(shown, FIRST - DAY, library),)), FIRST)
    assert [s.media for s in made.stories if s.id == event.id] == [event.media]


def test_what_is_told_today_does_not_count_as_past() -> None:
    story = plan(family(1), FIRST).stories[0]
    stories = [replace(story, kind=StoryKind.PERSON)]
    assert list(Past([replace(story, first_told=FIRST)], FIRST).rested(stories)) == stories


@pytest.mark.parametrize("seed", range(3))
def test_a_planner_that_hears_what_was_told_plans_the_same(seed: int) -> None:
    library, random = family(5, days=6), np.random.default_rng(seed)
    order = random.permutation(len(library.assets)).tolist()
    planner, there = Planner(replace(library, assets=())), []
    told: tuple[Story, ...] = ()
    for n, part in enumerate(np.array_split(np.array(order), 6)):
        coming = [library.assets[i] for i in part.tolist()]
        there += coming
        whole = replace(library, assets=tuple(there), told=told)
        planner.look(whole)
        planner.change(coming)
        made = plan(whole, FIRST + n * DAY)
        assert planner.plan(FIRST + n * DAY).stories == made.stories
        told = made.stories


def test_no_day_tells_what_lately_was_told_in_a_living_library() -> None:
    library = family(8, days=30)
    for today, stories in live(library, date(2023, 9, 1), 30):
        new = [s for s in stories if s.first_told == today and s.kind in ANY_DAY]
        old = [s for s in stories if s.first_told and s.first_told < today]
        if not old:
            continue
        assert max(Counter(s.kind for s in new).values(), default=0) <= 1
        recent = {
            m.asset_id for s in old if s.first_told and today - s.first_told <= PICTURE_DAYS for m in s.media
        }
        assert not recent & {item.asset_id for story in new for item in story.media}
