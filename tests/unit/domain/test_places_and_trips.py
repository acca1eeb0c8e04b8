from datetime import date, timedelta

import numpy as np
import pytest

from services.domain.consent import Scope
from services.domain.identity import AssetId
from services.domain.media import CaptureTimeSource, Coordinates, Place
from services.domain.places import find_homes, haversine_km
from services.domain.roll import Roll
from services.domain.trips import Trip, find_trips
from tests.quality.evidence_check import sphere_km
from tests.unit.domain.album import (
    GRAZ,
    GRAZ_POINT,
    LISBON,
    LISBON_POINT,
    Album,
    a_trip,
    at,
)

START = date(2024, 5, 3)


def trips_of(album: Album) -> tuple[Trip, ...]:
    roll = Roll.of(album.library())
    return find_trips(roll, find_homes(roll))


def test_haversine_agrees_with_known_distances() -> None:
    paris, berlin = (48.8566, 2.3522), (52.52, 13.405)
    km = haversine_km(np.array([paris[0]]), np.array([paris[1]]), *berlin)
    assert km[0] == pytest.approx(877.5, rel=0.005)
    antimeridian = haversine_km(np.array([0.0]), np.array([179.5]), 0.0, -179.5)
    assert antimeridian[0] == pytest.approx(111.2, rel=0.005)


def test_home_is_where_life_is_seen_in_most_weeks_not_in_most_pictures() -> None:
    album = Album()
    album.lives_in_graz(START, 8)
    album.series(at(START, 9), 300, minutes=30, coordinates=LISBON_POINT)
    (home,) = find_homes(Roll.of(album.library()))
    assert home.coordinates == GRAZ_POINT


def test_without_habits_there_is_no_home_and_no_trip() -> None:
    album = Album()
    album.series(at(START), 30, coordinates=LISBON_POINT)
    assert find_homes(Roll.of(album.library())) == ()
    assert trips_of(album) == ()


def test_a_move_makes_a_second_home_from_the_right_day_on() -> None:
    album, moved = Album(), START + timedelta(weeks=60)
    album.lives_in_graz(START, 60)
    for week in range(60):
        album.add(at(moved + timedelta(weeks=week), 20), coordinates=LISBON_POINT)
    first, second = find_homes(Roll.of(album.library()))
    assert (first.coordinates, second.coordinates) == (GRAZ_POINT, LISBON_POINT)
    assert abs(second.first_day - moved.toordinal()) <= 7
    assert trips_of(album) == ()


def test_a_trip_goes_from_the_first_picture_away_to_the_last() -> None:
    album = Album()
    a_trip(album)
    (trip,) = trips_of(album)
    assert (trip.start, trip.end, trip.days) == (at(START, 10), at(START + timedelta(days=2), 13, 20), 3)
    assert trip.places == (LISBON,)
    assert trip.farthest_km == pytest.approx(sphere_km(GRAZ_POINT, LISBON_POINT), rel=0.001)


@pytest.mark.parametrize(("km", "expected"), [(60, 0), (200, 1)])
def test_a_day_away_is_a_trip_only_when_it_is_far(km: float, expected: int) -> None:
    album = Album()
    album.lives_in_graz(START, 8)
    there = Coordinates(GRAZ_POINT.latitude + km / 111.2, GRAZ_POINT.longitude)
    album.series(at(START + timedelta(days=2), 9), 8, coordinates=there)
    assert len(trips_of(album)) == expected


def test_a_picture_at_home_splits_two_trips() -> None:
    album = Album()
    a_trip(album)
    album.series(at(START + timedelta(days=3), 12), 2, coordinates=GRAZ_POINT, place=GRAZ)
    for n in (4, 5):
        album.series(at(START + timedelta(days=n), 12), 4, coordinates=LISBON_POINT, place=LISBON)
    assert len(trips_of(album)) == 2


def test_one_picture_at_home_that_nobody_can_have_taken_splits_nothing() -> None:
    album = Album()
    a_trip(album)
    album.add(at(START + timedelta(days=1), 11, 1), coordinates=GRAZ_POINT, place=GRAZ)
    (trip,) = trips_of(album)
    assert trip.days == 3


def test_pictures_without_a_place_belong_to_the_trip_they_lie_in_and_bad_clocks_do_not() -> None:
    album = Album()
    a_trip(album)
    lost = album.add(at(START + timedelta(days=1), 8))
    early = album.add(at(START, 7))
    copied = album.add(at(START + timedelta(days=1), 8, 1), capture_time_source=CaptureTimeSource.HINT)
    (trip,) = trips_of(album)
    assets = Roll.of(album.library()).assets
    ids = {assets[i].id for i in trip.members}
    assert {lost.id, early.id} <= ids
    assert copied.id not in ids


def members(album: Album) -> list[set[AssetId]]:
    """Return the pictures of each trip."""
    roll = Roll.of(album.library())
    return [{roll.assets[i].id for i in trip.members} for trip in trips_of(album)]


@pytest.mark.parametrize("home_again", [True, False])
def test_outer_days_of_a_camera_without_gps_belong_to_the_trip_that_they_are_next_to(
    *, home_again: bool
) -> None:
    album = Album()
    a_trip(album)
    if home_again:
        for day in (START - timedelta(days=3), START + timedelta(days=5)):
            album.add(at(day, 18), coordinates=GRAZ_POINT, place=GRAZ)
    eve = album.series(at(START - timedelta(days=1), 9), 5)
    after = album.series(at(START + timedelta(days=3), 9), 5)
    (found,) = members(album)
    assert {asset.id for asset in (*eve, *after)} <= found


def test_pictures_without_a_place_next_to_home_or_days_before_do_not_belong_to_a_trip() -> None:
    album = Album()
    a_trip(album)
    yesterday = START - timedelta(days=1)
    album.add(at(yesterday, 8), coordinates=GRAZ_POINT, place=GRAZ)
    loose = [*album.series(at(yesterday, 9), 5), *album.series(at(START + timedelta(days=6), 9), 5)]
    (found,) = members(album)
    assert found.isdisjoint(asset.id for asset in loose)


VIENNA, VIENNA_POINT = Place("Vienna", "Austria", "AT"), Coordinates(48.21, 16.37)
NEW_YORK, NEW_YORK_POINT = Place("New York City", "United States", "US"), Coordinates(40.71, -74.01)


@pytest.mark.parametrize(("silent_days", "trips"), [(1, 1), (2, 2)])
def test_a_long_silence_where_home_lies_on_the_way_ends_a_trip(silent_days: int, trips: int) -> None:
    album = Album()
    album.lives_in_graz(START - timedelta(weeks=10), 9)
    for first, place, point in (
        (0, NEW_YORK, NEW_YORK_POINT),
        (1 + silent_days, VIENNA, VIENNA_POINT),
    ):
        for n in (0, 1):
            album.series(at(START + timedelta(days=first + n), 10), 5, place=place, coordinates=point)
    assert len(trips_of(album)) == trips


def test_a_silence_on_a_way_that_leads_nowhere_near_home_does_not_end_a_trip() -> None:
    album = Album()
    album.lives_in_graz(START - timedelta(weeks=10), 9)
    for first, place, point in ((0, LISBON, LISBON_POINT), (4, NEW_YORK, NEW_YORK_POINT)):
        album.series(at(START + timedelta(days=first), 10), 5, place=place, coordinates=point)
    assert len(trips_of(album)) == 1


def test_without_consent_to_locations_there_is_no_home_no_trip_and_no_place() -> None:
    album = Album()
    a_trip(album)
    roll = Roll.of(album.library(scopes=frozenset({Scope.CLOUD_PROCESSING, Scope.CONTENT})))
    assert find_homes(roll) == ()
    assert find_trips(roll, ()) == ()
    assert roll.places == ()
