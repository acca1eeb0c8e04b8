"""Then and now: people and places, years apart."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest

from services.domain.consent import Scope
from services.domain.facets import Person
from services.domain.identity import PersonId
from services.domain.media import Box, MediaKind
from services.domain.stories import dates
from services.domain.stories.story import Story, StoryKind
from tests.unit.domain.album import ANA, FACE, LISBON, LISBON_POINT, Album, at, shown

TODAY = date(2024, 5, 4)


def album(name: str = "Ana", then: int = 2016, **changes: object) -> Album:
    made = Album(people={ANA: Person(name=name)})
    for year in (then, 2020, 2024):
        for day in (3, 10, 17, 24):
            made.add(at(date(year, 3, day)), who=(ANA,), **changes)
    return made


def told(made: Album) -> list[Story]:
    return made.stories(TODAY, StoryKind.THEN_AND_NOW)


def test_a_person_in_the_first_and_the_last_year() -> None:
    (story,) = told(album())
    assert (story.title, story.subtitle, story.people) == ("Ana, then and now", "2016 and 2024", (ANA,))
    assert len(story.media) == 6
    assert story.evidence[-1] == "The pictures of Ana are at least 7 years apart"
    assert {asset.day.year for asset in album().assets if asset.id in shown([story])} == {2016, 2024}
    assert Scope.FACES in story.rests_on


@pytest.mark.parametrize(
    "made",
    [
        album(name=""),
        album(then=2022),
        album(quality=0.3),
        album(kind=MediaKind.VIDEO),
        album(faces=(replace(FACE, box=Box(0.1, 0.1, 0.12, 0.15)),)),
    ],
    ids=["without a name", "too soon", "no good photo", "videos", "far away"],
)
def test_not_of(made: Album) -> None:
    assert told(made) == []


def test_one_side_alone_is_no_comparison() -> None:
    made = album(then=2023)
    made.add(at(date(2010, 1, 1)), who=(ANA,), quality=0.2)
    assert told(made) == []


def test_hidden_people_are_not_told_nor_anybody_beside_them() -> None:
    made = album()
    clara = PersonId("clara")
    made.people[clara] = Person(name="Clara", hidden=True)
    made.assets = [replace(a, people=(ANA, clara), faces=(FACE, FACE)) for a in made.assets]
    assert told(made) == []


def journeys(years: tuple[int, ...]) -> Album:
    made = Album()
    made.lives_in_graz(date(2017, 1, 7), 380)
    for year in years:
        start = at(date(year, 5, 3) if year < 2024 else date(2024, 4, 3))
        made.series(start, 6, minutes=50, coordinates=LISBON_POINT, place=LISBON, quality=0.8)
    return made


def test_a_place_that_the_owner_came_back_to() -> None:
    (story,) = told(journeys((2018, 2021, 2024)))
    assert (story.title, story.subtitle) == ("Lisbon, then and now", "2018 and 2024")
    assert story.evidence[-1] == "The pictures of Lisbon are at least 5 years apart"
    assert Scope.LOCATION in story.rests_on


def test_neither_home_nor_a_place_seen_once() -> None:
    assert told(journeys((2018,))) == []


def test_the_same_view_on_both_sides_is_shown_once_and_no_story_of_one_side_remains() -> None:
    view = np.ones(64, np.float32) / np.float32(8)
    assert told(album(embedding=view)) == []


@pytest.mark.parametrize(
    ("first", "last", "years"),
    [
        (date(2020, 5, 4), date(2024, 5, 3), 3),
        (date(2020, 5, 4), date(2024, 5, 4), 4),
        (date(2020, 2, 29), date(2021, 2, 28), 0),
    ],
)
def test_complete_years(first: date, last: date, years: int) -> None:
    assert dates.complete_years(first, last) == years
