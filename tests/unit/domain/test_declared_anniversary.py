"""Anniversaries that their owner declared."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.facets import Person
from services.domain.identity import OccasionId
from services.domain.library import Library
from services.domain.stories.plan import plan
from services.domain.stories.planner import Planner
from services.domain.stories.story import Story, StoryKind
from services.domain.stories.text import language
from tests.quality.evidence_check import false_claims
from tests.unit.domain.album import ANA, BEN, Album, at, shown

SINCE, TODAY = date(2014, 6, 12), date(2024, 6, 12)
THEIRS = DeclaredOccasion(OccasionKind.ANNIVERSARY, SINCE, (ANA, BEN))
WEDDING = replace(THEIRS, kind=OccasionKind.WEDDING_DAY)
HOUSE = DeclaredOccasion(OccasionKind.OTHER, SINCE, title="The old house")


def album(**changes: Person) -> Album:
    """Ana and Ben before they met, twice since, and on the last four dates; somebody else on one."""
    made = Album(people={ANA: Person(name="Ana"), BEN: Person(name="Ben"), **changes})  # type: ignore[arg-type]
    for day in (date(2012, 3, 4), date(2016, 9, 1), date(2019, 2, 3)):
        made.series(at(day), 3, minutes=30, who=(ANA, BEN))
    for year in (2020, 2021, 2022, 2023):
        made.series(at(date(year, 6, 12), 19), 3, minutes=25, who=(ANA, BEN))
    made.series(at(date(2017, 6, 12)), 2, minutes=25)
    made.series(at(TODAY, 9), 2, minutes=25, who=(ANA, BEN))
    return made


def declaring(*declared: DeclaredOccasion) -> dict[str, Any]:
    return {"declared": {OccasionId(f"o{n}"): occasion for n, occasion in enumerate(declared)}}


def told(made: Album, *declared: DeclaredOccasion, today: date = TODAY) -> list[Story]:
    return made.stories(today, StoryKind.ANNIVERSARY, **declaring(*declared))


@pytest.mark.parametrize(
    ("declared", "title", "german"),
    [
        (THEIRS, "10 years together: Ana and Ben", "10 Jahre zusammen: Ana und Ben"),
        (WEDDING, "10 years married: Ana and Ben", "10 Jahre verheiratet: Ana und Ben"),
        (replace(THEIRS, title="That night"), "That night", "That night"),
        (HOUSE, "The old house", "The old house"),
    ],
)
def test_it_is_told_in_the_words_that_fit(declared: DeclaredOccasion, title: str, german: str) -> None:
    library = album().library(**declaring(declared))
    (story,) = (s for s in plan(library, TODAY).stories if s.kind is StoryKind.ANNIVERSARY)
    english, other = story.told_in(language("en")), story.told_in(language("de"))
    assert (english.title, english.subtitle) == (title, "10 years since 12 June 2014")
    assert (other.title, other.subtitle) == (german, "10 Jahre seit dem 12. Juni 2014")
    assert english.evidence[1] == (
        "You declared 12 June 2014 as a day to remember; 10 years later it is 12 June 2024"
    )
    assert other.evidence[1] == (
        "Du hast den 12. Juni 2014 als besonderen Tag angegeben; 10 Jahre später ist es der 12. Juni 2024"
    )


@pytest.mark.parametrize("late", [0, 6])
def test_it_is_due_on_its_day_for_a_week(late: int) -> None:
    (story,) = told(album(), THEIRS, today=TODAY + timedelta(days=late))
    assert (story.due, story.expires, story.people) == (TODAY, TODAY + timedelta(days=7), (ANA, BEN))
    assert Scope.FACES in story.rests_on


@pytest.mark.parametrize("days", [-1, 7])
def test_it_is_told_neither_before_nor_after(days: int) -> None:
    assert told(album(), THEIRS, today=TODAY + timedelta(days=days)) == []


def test_one_year_is_one_year() -> None:
    (story,) = told(album(), replace(THEIRS, day=date(2023, 6, 12)))
    assert story.title == "1 year together: Ana and Ben"


def test_it_shows_them_together_since_that_day_and_before_this_one() -> None:
    made = album()
    together = {a.id for a in made.assets if a.people == (ANA, BEN) and SINCE <= a.day < TODAY}
    pictures = shown(told(made, THEIRS))
    assert len(pictures) >= 5
    assert pictures <= together


def test_a_day_of_nobody_shows_the_date_whoever_is_there_and_rests_on_no_faces_by_itself() -> None:
    made = Album()
    for year in (2013, 2014, 2019, 2022):
        made.series(at(date(year, 6, 12)), 2, minutes=30)
    (story,) = told(made, HOUSE)
    assert shown([story]) == {asset.id for asset in made.assets if asset.day.year > 2013}
    assert Scope.FACES not in story.rests_on


@pytest.mark.parametrize("people", [(ANA, BEN), ()])
def test_whoever_has_told_is_not_asked(people: tuple[Any, ...]) -> None:
    (found,) = told(album())
    assert found.subtitle == "Is it an anniversary?"
    (declared,) = told(album(), replace(HOUSE, people=people))
    assert declared.title == "The old house"


def test_a_couple_that_told_another_day_is_not_asked_about_this_one() -> None:
    assert told(album(), replace(THEIRS, day=date(2014, 10, 3))) == []


@pytest.mark.parametrize(
    "changes",
    [{"ben": Person("Ben", hidden=True)}, {"ben": Person()}],
    ids=["hidden", "without a name"],
)
def test_whoever_is_not_to_be_named_keeps_it_untold(changes: dict[str, Person]) -> None:
    assert told(album(**changes), THEIRS) == []


def test_it_is_the_memory_of_the_day() -> None:
    made = album()
    assert made.stories(TODAY, StoryKind.ON_THIS_DAY, **declaring(HOUSE)) == []
    unshown = declaring(replace(HOUSE, day=date(2023, 6, 12), people=(BEN,)), replace(HOUSE, day=TODAY))
    made.people[BEN] = Person(name="Ben", hidden=True)
    assert made.stories(TODAY, StoryKind.ON_THIS_DAY, **unshown) != []


def test_29_february_is_celebrated_on_the_28th_where_there_is_none() -> None:
    leap = replace(HOUSE, day=date(2016, 2, 29))
    made = Album()
    for day in (leap.day, date(2018, 2, 28), date(2020, 2, 28), date(2020, 2, 29)):
        made.series(at(day), 2, minutes=30)
    (story,) = told(made, leap, today=date(2023, 2, 28))
    assert story.due == date(2023, 2, 28)
    assert shown([story]) == {asset.id for asset in made.assets if asset.day != date(2020, 2, 28)}


@pytest.mark.parametrize("declared", [THEIRS, WEDDING, HOUSE, replace(HOUSE, people=(BEN,))])
def test_its_evidence_is_true(declared: DeclaredOccasion) -> None:
    library = album().library(**declaring(declared))
    made = plan(library, TODAY)
    assert "o0" in {key for key in library.declared if told(album(), declared)}
    assert [claim for story in made.stories for claim in false_claims(story, library, made)] == []


def test_evidence_that_says_another_day_or_year_is_not() -> None:
    library = album().library(**declaring(THEIRS))
    made = plan(library, TODAY)
    (story,) = (s for s in made.stories if s.kind is StoryKind.ANNIVERSARY)
    later = replace(library, declared=declaring(replace(THEIRS, day=date(2014, 6, 12)), HOUSE)["declared"])
    assert false_claims(story, later, made) == []
    wrong = replace(story, evidence=(str(story.evidence[1]).replace("10 years", "11 years"),))
    assert false_claims(wrong, library, made) == list(wrong.evidence)


def test_a_planner_notices_what_is_declared_and_taken_back() -> None:
    whole = album().library()
    planner = Planner(whole)
    for library in (
        whole,
        replace(whole, **declaring(THEIRS)),
        replace(whole, **declaring(WEDDING, HOUSE)),
        replace(whole, **declaring(replace(WEDDING, people=(ANA,), title="Ours"))),
        whole,
    ):
        planner.look(library)
        assert _told(planner.plan(TODAY).stories) == _told(plan(library, TODAY).stories)


def _told(stories: Any) -> dict[str, Story]:
    return {story.id: story for story in stories}


def test_what_was_declared_may_come_before_any_picture() -> None:
    assert plan(Library((), **declaring(THEIRS, HOUSE)), TODAY).stories == ()
