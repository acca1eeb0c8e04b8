"""What a trip is called."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from services.domain.media import Coordinates, Place
from services.domain.stories.story import StoryKind
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


def title(*stops: Stop, first: date = MONDAY, theme: str = "") -> str:
    """Return the title of a trip with a stop a day, most of whose pictures show a theme."""
    album = Album()
    album.lives_in_graz(first - timedelta(weeks=10), 9)
    themes = ((theme, 0.9),) if theme else ()
    for n, (place, point) in enumerate(stops):
        start = at(first + timedelta(days=n), 10)
        album.series(start, 4, minutes=30, place=place, coordinates=point, themes=themes)
    (found,) = album.stories(first + timedelta(days=30), StoryKind.TRIP)
    return str(found.title)


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
