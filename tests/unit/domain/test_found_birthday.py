"""Birthdays that nobody told, found by cakes on the same date over the years."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.facets import Person
from services.domain.identity import OccasionId, PersonId
from services.domain.stories.plan import plan
from services.domain.stories.story import Story, StoryKind
from tests.quality.evidence_check import false_claims
from tests.unit.domain.album import ANA, BEN, Album, at, shown

TODAY = date(2024, 6, 12)
CAKE = (("birthday", 0.9),)


def album(years: tuple[int, ...] = (2021, 2023), theme: str = "birthday", **people: Person) -> Album:
    """Return cakes for Ana; in one picture a year Ben is with her."""
    made = Album(people={ANA: Person(name="Ana"), BEN: Person(name="Ben")})
    made.people |= {PersonId(id_): person for id_, person in people.items()}
    for year in years:
        start, cake = at(date(year, 6, 12), 16), ((theme, 0.9),)
        made.series(start, 3, minutes=25, who=(ANA,), themes=cake)
        made.series(start + timedelta(hours=2), 1, who=(ANA, BEN), themes=cake)
        made.series(start + timedelta(hours=3), 1, themes=cake)
        made.series(start + timedelta(hours=4), 1, who=(ANA,))
    return made


def told(made: Album, today: date = TODAY, **changes: object) -> list[Story]:
    return made.stories(today, StoryKind.BIRTHDAY, **changes)


@pytest.mark.parametrize("late", [0, 6])
def test_cakes_for_the_same_person_on_the_same_date_are_asked_about(late: int) -> None:
    made = album()
    (story,) = told(made, TODAY + timedelta(days=late))
    assert (story.title, story.subtitle) == ("Ana on 12 June", "Is it Ana’s birthday?")
    assert (story.due, story.expires) == (TODAY, TODAY + timedelta(days=7))
    said = "10 photos on 12 June in 2021 and 2023 look like a birthday; Ana is in 8 of them"
    assert story.evidence[1] == said
    assert story.people == (ANA,)
    assert shown([story]) <= {asset.id for asset in made.assets if ANA in asset.people}
    assert {Scope.FACES, Scope.CONTENT} <= story.rests_on


def test_of_somebody_without_a_name_it_is_asked_who_that_is() -> None:
    (story,) = told(album(ana=Person()))
    assert (story.title, story.subtitle) == ("A birthday on 12 June", "Who is this?")
    assert "the same face is in 8 of them" in story.evidence[1]


def test_a_day_that_was_declared_is_asked_about_no_more() -> None:
    wedding = DeclaredOccasion(OccasionKind.WEDDING_DAY, date(2015, 6, 13))
    assert told(album(), declared={OccasionId("o"): wedding}) == []


@pytest.mark.parametrize("days", [-1, 7])
def test_not_before_nor_after(days: int) -> None:
    assert told(album(), TODAY + timedelta(days=days)) == []


@pytest.mark.parametrize(
    "made",
    [
        album(years=(2023,)),
        album(years=(2014, 2015)),
        album(theme="food"),
        album(ana=Person(name="Ana", hidden=True), ben=Person(name="Ben", hidden=True)),
        album(ana=Person(name="Ana", birthday=date(1990, 3, 1))),
        album(clara=Person(name="Clara", birthday=date(1990, 6, 13))),
    ],
    ids=["one year", "long ago", "no cake", "hidden", "another birthday", "the birthday of somebody else"],
)
def test_not_of(made: Album) -> None:
    assert told(made) == []


def test_who_of_two_is_meant_is_not_guessed() -> None:
    made = Album(people={ANA: Person(name="Ana"), BEN: Person(name="Ben")})
    for year in (2021, 2022, 2023):
        made.series(at(date(year, 6, 12), 16), 4, minutes=25, who=(ANA, BEN), themes=CAKE)
    assert told(made) == []


def test_cakes_at_christmas_are_no_birthday() -> None:
    made = Album(people={ANA: Person(name="Ana")})
    for year in (2021, 2022, 2023):
        made.series(at(date(year, 12, 25), 16), 4, minutes=25, who=(ANA,), themes=CAKE)
    assert told(made, date(2024, 12, 25)) == []


@pytest.mark.parametrize("scope", [Scope.FACES, Scope.CONTENT])
def test_without_consent_to_faces_or_content_nothing_is_found(scope: Scope) -> None:
    assert told(album(), scopes=frozenset(Scope) - {scope}) == []


def test_what_is_said_is_true() -> None:
    library = album().library()
    made = plan(library, TODAY)
    assert [claim for story in made.stories for claim in false_claims(story, library, made)] == []
