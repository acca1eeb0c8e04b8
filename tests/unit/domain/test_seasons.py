"""Seasons where the owner lives, and the first snow of a winter."""

from datetime import date, timedelta

import pytest

from services.domain.consent import Scope
from services.domain.media import Coordinates, Place
from services.domain.stories.plan import plan
from services.domain.stories.seasons import Season, season_of, winter_year
from services.domain.stories.story import Form, StoryKind
from tests.quality.evidence_check import false_claims
from tests.unit.domain.album import (
    FIRST_SNOW,
    GRAZ,
    GRAZ_POINT,
    LISBON,
    LISBON_POINT,
    Album,
    at,
    lived,
    shown,
    snowy,
)

SYDNEY, SYDNEY_POINT = Place("Sydney", "Australia", "AU"), Coordinates(-33.87, 151.21)
SINGAPORE, SINGAPORE_POINT = Place("Singapore", "Singapore", "SG"), Coordinates(1.35, 103.82)


@pytest.mark.parametrize(
    ("day", "latitude", "season"),
    [
        (date(2024, 1, 15), 47.0, Season("winter", date(2023, 12, 1), date(2024, 2, 29))),
        (date(2024, 12, 1), 47.0, Season("winter", date(2024, 12, 1), date(2025, 2, 28))),
        (date(2024, 5, 31), 47.0, Season("spring", date(2024, 3, 1), date(2024, 5, 31))),
        (date(2024, 5, 31), -33.9, Season("autumn", date(2024, 3, 1), date(2024, 5, 31))),
        (date(2024, 7, 1), -33.9, Season("winter", date(2024, 6, 1), date(2024, 8, 31))),
        (date(2024, 5, 31), 1.3, None),
    ],
)
def test_seasons_turn_around_south_of_the_equator(day: date, latitude: float, season: Season | None) -> None:
    assert season_of(day, latitude) == season


@pytest.mark.parametrize(
    ("day", "latitude", "first"),
    [
        (date(2024, 1, 5), 47.0, date(2023, 7, 1)),
        (date(2024, 11, 5), 47.0, date(2024, 7, 1)),
        (date(2024, 7, 5), -33.9, date(2024, 1, 1)),
    ],
)
def test_a_winter_lies_in_the_middle_of_its_year(day: date, latitude: float, first: date) -> None:
    assert winter_year(day, latitude) == first


@pytest.mark.parametrize(
    ("place", "point", "title"),
    [(GRAZ, GRAZ_POINT, "Spring 2024"), (SYDNEY, SYDNEY_POINT, "Autumn 2024")],
)
def test_a_season_is_told_in_the_weeks_after_it(place: Place, point: Coordinates, title: str) -> None:
    album = lived(place, point)
    for today in (date(2024, 6, 1), date(2024, 6, 28)):
        (story,) = album.stories(today, StoryKind.SEASON)
        assert (story.title, story.subtitle, story.form) == (title, "Your season in pictures", Form.VIDEO)
        assert (story.due, story.expires) == (date(2024, 6, 1), date(2024, 6, 29))
        assert story.evidence[1] == "Pictures of 13 days between 1 March and 31 May 2024"
        assert false_claims(story, album.library(), plan(album.library(), today)) == []
        assert Scope.LOCATION in story.rests_on


@pytest.mark.parametrize("today", [date(2024, 5, 31), date(2024, 6, 29)])
def test_a_season_is_told_neither_before_nor_later(today: date) -> None:
    assert lived(GRAZ, GRAZ_POINT).stories(today, StoryKind.SEASON) == []


def test_a_winter_has_both_its_years() -> None:
    (story,) = lived(GRAZ, GRAZ_POINT).stories(date(2024, 3, 1), StoryKind.SEASON)
    assert story.title == "Winter 2023–2024"
    assert story.start.date() >= date(2023, 12, 1)


def test_there_are_no_seasons_in_the_tropics_nor_without_a_home() -> None:
    assert lived(SINGAPORE, SINGAPORE_POINT).stories(date(2024, 6, 1), StoryKind.SEASON) == []
    assert (
        lived(GRAZ, GRAZ_POINT).stories(
            date(2024, 6, 1), StoryKind.SEASON, scopes=frozenset(Scope) - {Scope.LOCATION}
        )
        == []
    )


def test_few_days_make_no_season() -> None:
    album = Album()
    album.lives_in_graz(date(2023, 9, 1), 12)
    album.series(at(date(2024, 4, 6), 9), 20, place=GRAZ, coordinates=GRAZ_POINT)
    assert album.stories(date(2024, 6, 1), StoryKind.SEASON) == []


def test_the_first_snow_is_told_in_the_week_after() -> None:
    album = snowy()
    for today in (FIRST_SNOW + timedelta(days=1), FIRST_SNOW + timedelta(days=7)):
        (story,) = album.stories(today, StoryKind.FIRST_SNOW)
        assert (story.title, story.subtitle) == ("First snow", "13 January 2024 · Graz")
        assert story.evidence[1] == "No earlier picture near home shows snow since 1 July 2023"
        assert shown([story]) == {a.id for a in album.assets if a.day == FIRST_SNOW and a.themes}
        assert false_claims(story, album.library(), plan(album.library(), today)) == []


@pytest.mark.parametrize("after", [0, 8])
def test_the_first_snow_is_told_neither_on_its_day_nor_later(after: int) -> None:
    assert snowy().stories(FIRST_SNOW + timedelta(days=after), StoryKind.FIRST_SNOW) == []


def test_after_a_single_picture_of_snow_no_later_day_is_the_first() -> None:
    assert snowy(earlier=1).stories(FIRST_SNOW + timedelta(days=1), StoryKind.FIRST_SNOW) == []


def test_snow_elsewhere_is_not_the_first_at_home() -> None:
    album = snowy(earlier=1, place=LISBON, point=LISBON_POINT)
    assert len(album.stories(FIRST_SNOW + timedelta(days=1), StoryKind.FIRST_SNOW)) == 1
