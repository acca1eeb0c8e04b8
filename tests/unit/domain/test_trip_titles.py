"""What a trip is called, and its stages."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest

from services.domain.media import Coordinates, Place
from services.domain.stories.plan import plan
from services.domain.stories.story import Story, StoryKind
from tests.quality.evidence_check import false_claims
from tests.unit.domain.album import LISBON, LISBON_POINT, SINTRA, SINTRA_POINT, Album, at

MONDAY = date(2024, 5, 6)
Stop = tuple[Place, Coordinates]
IN_LISBON, IN_SINTRA = (LISBON, LISBON_POINT), (SINTRA, SINTRA_POINT)
EVORA = (Place("Évora", "Portugal", "PT"), Coordinates(38.57, -7.91))
PORTO = (Place("Porto", "Portugal", "PT"), Coordinates(41.15, -8.61))
MADRID = (Place("Madrid", "Spain", "ES"), Coordinates(40.42, -3.70))
VILLAGES = [
    (Place(f"Village {n}", "Austria", "AT"), Coordinates(47.2 + n / 50, 11.0 + n / 10)) for n in range(12)
]
PARKS = [
    (Place(f"Park {n}", "United States", "US", region="Utah"), Coordinates(37.5 + n / 9, -112.0))
    for n in range(4)
]


def travelled(*stops: Stop, first: date = MONDAY, theme: str = "") -> Album:
    """Return a trip with a stop a day, whose pictures show a theme."""
    album = Album()
    album.lives_in_graz(first - timedelta(weeks=10), 9)
    themes = ((theme, 0.9),) if theme else ()
    for n, (place, point) in enumerate(stops):
        start = at(first + timedelta(days=n), 10)
        album.series(start, 4, minutes=30, place=place, coordinates=point, themes=themes)
    return album


def told(album: Album, first: date = MONDAY) -> Story:
    (found,) = album.stories(first + timedelta(days=30), StoryKind.TRIP)
    return found


def title(*stops: Stop, first: date = MONDAY, theme: str = "") -> str:
    return str(told(travelled(*stops, first=first, theme=theme), first).title)


@pytest.mark.parametrize(
    ("stops", "expected"),
    [
        ((IN_LISBON, IN_LISBON), "Lisbon, May 2024"),
        ((IN_LISBON, IN_LISBON, IN_SINTRA), "Lisbon and Sintra, May 2024"),
        ((IN_LISBON, IN_LISBON, IN_SINTRA, EVORA, PORTO), "Portugal, May 2024"),
        ((IN_LISBON, IN_LISBON, PORTO, EVORA, MADRID), "Portugal and Spain, May 2024"),
        (PARKS, "Utah, May 2024"),
        (VILLAGES[:3], "Village 0, Village 1 and more, May 2024"),
        (VILLAGES, "A trip away"),
    ],
)
def test_by_its_cities_its_state_its_country_or_its_countries(stops: list[Stop], expected: str) -> None:
    assert title(*stops) == expected


@pytest.mark.parametrize(
    ("first", "n", "expected"),
    [
        (date(2024, 5, 3), 3, "A weekend in Lisbon"),
        (date(2024, 5, 4), 2, "A weekend in Lisbon"),
        (date(2024, 5, 4), 4, "A weekend in Lisbon"),
        (date(2024, 5, 3), 2, "Lisbon, May 2024"),
        (date(2024, 5, 5), 3, "Lisbon, May 2024"),
        (date(2024, 5, 2), 5, "Lisbon, May 2024"),
    ],
)
def test_a_weekend_is_one_with_its_saturday_and_sunday_and_little_more(
    first: date, n: int, expected: str
) -> None:
    assert title(*[IN_LISBON] * n, first=first) == expected


def test_its_month_is_that_of_its_middle() -> None:
    assert title(*[IN_LISBON] * 9, first=date(2024, 5, 29)) == "Lisbon, June 2024"


def test_many_small_places_are_a_landscape_where_pictures_show_it() -> None:
    assert title(*VILLAGES, theme="mountains") == "In the mountains, May 2024"
    assert title(*VILLAGES[:3], first=date(2024, 5, 3), theme="mountains") == "A weekend in the mountains"
    assert title(*VILLAGES[:3], first=date(2024, 5, 3), theme="beach") == "A weekend at the beach"
    assert title(*VILLAGES, theme="food") == "A trip away"
    assert title(IN_LISBON, IN_LISBON, theme="mountains") == "Lisbon, May 2024"


def test_its_stages_are_told_with_their_days() -> None:
    album = travelled(IN_LISBON, IN_LISBON, IN_SINTRA, PORTO)
    album.series(at(MONDAY + timedelta(days=2), 15), 2, minutes=9, place=LISBON, coordinates=LISBON_POINT)
    story = told(album)
    assert story.evidence[2] == "Lisbon on 6–7 May 2024; Sintra on 8 May 2024; Porto on 9 May 2024"
    library = album.library()
    made = plan(library, MONDAY + timedelta(days=30))
    assert [claim for story in made.stories for claim in false_claims(story, library, made)] == []
    wrong = replace(story, evidence=("Lisbon on 6–8 May 2024; Porto on 9 May 2024",))
    assert false_claims(wrong, library, made) == list(wrong.evidence)


@pytest.mark.parametrize("stops", [[IN_LISBON] * 3, VILLAGES[:5]])
def test_one_stage_or_many_are_not_told(stops: list[Stop]) -> None:
    assert [said for said in told(travelled(*stops)).evidence if ";" in str(said)] == []
