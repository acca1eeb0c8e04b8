"""Weekend houses and offices elsewhere are no trips; holidays are."""

from datetime import date, timedelta

import pytest

from services.domain.media import Coordinates, Place
from services.domain.roll import Roll
from services.domain.stories.plan import plan, survey
from services.domain.stories.planner import Planner
from services.domain.trips import Trip, find_trips
from services.domain.usual_places import MARGIN_DAYS, VISITS
from tests.quality import measures
from tests.quality.simulator import simulate
from tests.unit.domain.album import GRAZ_POINT, LISBON, LISBON_POINT, Album, at

START = date(2023, 1, 7)
HOUSE, HOUSE_POINT = Place("Gmunden", "Austria", "AT"), Coordinates(47.92, 13.80)


def at_the_house(album: Album, saturday: date, point: Coordinates = HOUSE_POINT) -> None:
    for n in range(2):
        album.series(at(saturday + timedelta(days=n), 10), 4, minutes=50, place=HOUSE, coordinates=point)


def weekends(visits: int, every: int) -> Album:
    """Return a year and a half at home, with visits to a house every so many weeks."""
    album = Album()
    for week in range(78):
        visit, rest = divmod(week, every)
        if rest == 0 and visit < visits:
            at_the_house(album, START + timedelta(weeks=week))
        else:
            album.lives_in_graz(START + timedelta(weeks=week), 1)
    return album


def trips_of(album: Album) -> tuple[Trip, ...]:
    return survey(album.library(), date(2024, 9, 1)).trips


@pytest.mark.parametrize(
    ("visits", "every", "trips"), [(VISITS, 4, 0), (VISITS - 1, 4, VISITS - 1), (5, 15, 5)]
)
def test_a_place_is_usual_when_one_returns_often(visits: int, every: int, trips: int) -> None:
    assert len(trips_of(weekends(visits, every))) == trips


def test_a_long_holiday_is_one_visit_however_long() -> None:
    album = Album()
    album.lives_in_graz(START, 20)
    for day in range(60):
        there = at(START + timedelta(weeks=20, days=day), 11)
        album.series(there, 2, minutes=90, place=LISBON, coordinates=LISBON_POINT)
    album.lives_in_graz(START + timedelta(weeks=29), 20)
    assert len(trips_of(album)) == 1


def test_days_around_a_usual_place_are_no_trip_and_journeys_from_there_are() -> None:
    album = weekends(10, 2)
    lake = Coordinates(HOUSE_POINT.latitude - 0.1, HOUSE_POINT.longitude)
    at_the_house(album, START + timedelta(weeks=22), lake)
    for n in range(3):
        there = at(START + timedelta(weeks=18, days=2 + n), 11)
        album.series(there, 4, minutes=60, place=LISBON, coordinates=LISBON_POINT)
    (trip,) = trips_of(album)
    assert trip.places == (LISBON,)


def test_what_was_usual_once_is_a_trip_years_later() -> None:
    album = weekends(8, 2)
    saturday = START + timedelta(weeks=78, days=MARGIN_DAYS)
    at_the_house(album, saturday)
    album.lives_in_graz(saturday + timedelta(weeks=1), 2)
    (trip,) = trips_of(album)
    assert trip.start.date() == saturday


def test_distances_are_told_from_home_still() -> None:
    album = weekends(10, 2)
    context = survey(album.library(), date(2024, 9, 1))
    roll = Roll.of(album.library())
    there = roll.latitude > GRAZ_POINT.latitude + 0.5
    assert context.distances[there].min() > 100
    assert len(find_trips(roll, context.homes)) == 10


@pytest.mark.parametrize("seed", [1, 3])
def test_a_simulated_second_home_is_no_trip_and_home_stays_home(seed: int) -> None:
    first, days = date(2022, 1, 1), 730
    roll = simulate(years=2.0, seed=seed, first=first, second_home=True)
    made = plan(roll.library, first + timedelta(days=days))
    assert measures.trip_f1(measures.trips_of(made, roll), roll) >= 0.95
    assert measures.home_share(made.homes, roll, first, days) >= 0.99


def test_a_place_that_becomes_usual_as_pictures_come_is_planned_as_from_nothing() -> None:
    library = weekends(VISITS + 1, 4).library()
    today = date(2024, 9, 1)
    planner = Planner(library.__class__(library.assets[:60]))
    for n in range(60, len(library.assets), 8):
        planner.change(library.assets[n : n + 8])
        whole = library.__class__(library.assets[: n + 8])
        made, expected = planner.plan(today), plan(whole, today)
        assert (made.stories, made.homes) == (expected.stories, expected.homes)
        assert [t.id for t in made.trips] == [t.id for t in expected.trips]
