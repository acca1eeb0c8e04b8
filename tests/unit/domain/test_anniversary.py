"""Dates that two people keep, found in their pictures."""

from datetime import date, timedelta

import pytest

from services.domain.consent import Scope
from services.domain.facets import Person
from services.domain.holidays import Holiday
from services.domain.identity import PersonId
from services.domain.stories.plan import plan
from services.domain.stories.story import Story, StoryKind
from tests.quality.evidence_check import false_claims
from tests.unit.domain.album import ANA, BEN, GRAZ, GRAZ_POINT, Album, at, shown

TODAY = date(2024, 6, 12)
KEPT = (2020, 2021, 2023)
CLARA = PersonId("clara")


def album(years: tuple[int, ...] = KEPT, month: int = 6, day: int = 12, **people: Person) -> Album:
    made = Album(people={ANA: Person(name="Ana"), BEN: Person(name="Ben"), CLARA: Person(name="Clara")})
    made.people |= {PersonId(id_): person for id_, person in people.items()}
    for year in years:
        made.series(at(date(year, month, day), 19), 3, minutes=25, who=(ANA, BEN))
    return made


def told(made: Album, today: date = TODAY, **changes: object) -> list[Story]:
    return made.stories(today, StoryKind.ANNIVERSARY, **changes)


@pytest.mark.parametrize("late", [0, 6])
def test_a_date_that_two_people_keep_is_asked_about(late: int) -> None:
    (story,) = told(album(), TODAY + timedelta(days=late))
    assert (story.title, story.subtitle) == ("Ana and Ben on 12 June", "Is it an anniversary?")
    assert (story.due, story.expires) == (TODAY, TODAY + timedelta(days=7))
    assert story.people == (ANA, BEN)
    said = "At least half of the pictures of people on 12 June in 2020, 2021 and 2023 show Ana and Ben"
    assert story.evidence[1] == said
    assert Scope.FACES in story.rests_on


@pytest.mark.parametrize("days", [-1, 7])
def test_not_before_nor_after(days: int) -> None:
    assert told(album(), TODAY + timedelta(days=days)) == []


@pytest.mark.parametrize(
    "made",
    [
        album(years=(2021, 2023)),
        album(years=(2018, 2020, 2023)),
        album(years=(2015, 2016, 2017, 2018)),
        album(ben=Person()),
        album(ben=Person(name="Ben", hidden=True)),
        album(clara=Person(name="Clara", birthday=date(1990, 6, 13))),
    ],
    ids=["two years", "not in most years", "long ago", "without a name", "hidden", "a birthday"],
)
def test_not_of(made: Album) -> None:
    assert told(made) == []


def test_a_feast_of_many_is_not_theirs() -> None:
    made = album()
    for year in KEPT:
        made.series(at(date(year, 6, 12), 12), 5, who=(CLARA,))
    assert told(made) == []


def test_a_couple_that_is_always_together_meets_on_every_date() -> None:
    made = album()
    for day in range(0, 5 * 365, 3):
        made.series(at(date(2019, 6, 1) + timedelta(days=day), 10), 2, who=(ANA, BEN))
    assert told(made) == []


def test_the_turn_of_the_year_recurs_for_everybody() -> None:
    assert told(album(month=12, day=25), date(2024, 12, 25)) == []


def test_a_public_holiday_explains_itself_and_knowing_that_rests_on_location() -> None:
    made = album()
    made.lives_in_graz(date(2020, 1, 4), 200)
    holiday, other = Holiday("AT", TODAY, "June Day"), Holiday("AT", date(2024, 2, 2), "Groundhog Day")
    assert told(made, holidays=(holiday,)) == []
    (story,) = told(made, holidays=(other,))
    assert Scope.LOCATION in story.rests_on


def test_29_february_comes_round_in_leap_years_only() -> None:
    made = album(years=(2016, 2020, 2024), month=2, day=29)
    assert told(made, date(2026, 2, 28)) == []
    assert [story.title for story in told(made, date(2028, 2, 29))] == ["Ana and Ben on 29 February"]


def test_its_evidence_is_true() -> None:
    made = album()
    made.lives_in_graz(date(2020, 1, 4), 200)
    made.series(at(date(2022, 6, 12), 19), 1, who=(ANA, BEN), coordinates=GRAZ_POINT, place=GRAZ)
    library = made.library()
    planned = plan(library, TODAY)
    assert StoryKind.ANNIVERSARY in {story.kind for story in planned.stories}
    assert [c for s in planned.stories for c in false_claims(s, library, planned)] == []
    assert len(shown(s for s in planned.stories if s.kind is StoryKind.ANNIVERSARY)) == 9
