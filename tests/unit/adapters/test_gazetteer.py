from __future__ import annotations

import time

import pytest

from services.adapters.gazetteer import OfflineGazetteer
from services.domain.media import Coordinates


@pytest.fixture(scope="module")
def gazetteer() -> OfflineGazetteer:
    return OfflineGazetteer()


@pytest.mark.parametrize(
    ("landmark", "latitude", "longitude", "city"),
    [
        ("Eiffel Tower", 48.8584, 2.2945, "FR/Paris"),
        ("Palace of Versailles", 48.8049, 2.1204, "FR/Versailles"),
        ("Mont-Saint-Michel", 48.6360, -1.5115, "FR/Pontorson"),
        ("Belém Tower", 38.6916, -9.2160, "PT/Lisbon"),
        ("Pena Palace", 38.7876, -9.3906, "PT/Sintra"),
        ("Saint Peter's", 41.9022, 12.4533, "VA/Vatican City"),
        ("Colosseum", 41.8902, 12.4922, "IT/Rome"),
        ("Strasbourg Cathedral", 48.5818, 7.7509, "FR/Strasbourg"),
        ("Kehl, across the Rhine", 48.5757, 7.8157, "DE/Kehl"),
        ("Brandenburg Gate", 52.5163, 13.3777, "DE/Berlin"),
        ("Sanssouci", 52.4042, 13.0385, "DE/Potsdam"),
        ("Neuschwanstein", 47.5576, 10.7498, "DE/Schwangau"),
        ("Big Ben", 51.5007, -0.1246, "GB/London"),
        ("Wembley", 51.5560, -0.2796, "GB/London"),
        ("Windsor Castle", 51.4839, -0.6044, "GB/Windsor"),
        ("Sagrada Família", 41.4036, 2.1744, "ES/Barcelona"),
        ("Monte Carlo Casino", 43.7396, 7.4276, "MC/Monaco"),
        ("Statue of Liberty", 40.6892, -74.0445, "US/New York City"),
        ("Niagara Falls, Canada", 43.0896, -79.0849, "CA/Niagara Falls"),
        ("Niagara Falls, USA", 43.0828, -79.0742, "US/Niagara Falls"),
        ("Santa Monica Pier", 34.0083, -118.4987, "US/Santa Monica"),
        ("Sydney Opera House", -33.8568, 151.2153, "AU/Sydney"),
        ("Tokyo Tower", 35.6586, 139.7454, "JP/Tokyo"),
        ("Taj Mahal", 27.1751, 78.0421, "IN/Agra"),
    ],
)
def test_landmarks_are_where_people_say(
    gazetteer: OfflineGazetteer, landmark: str, latitude: float, longitude: float, city: str
) -> None:
    place = gazetteer.place(Coordinates(latitude, longitude))
    assert place is not None, landmark
    assert place.key == city


def test_la_defense_is_near_paris_and_in_france(gazetteer: OfflineGazetteer) -> None:
    place = gazetteer.place(Coordinates(48.8925, 2.2364))
    assert place is not None
    assert place.city in {"La Defense", "Puteaux", "Courbevoie", "Paris"}
    assert (place.country, place.time_zone) == ("France", "Europe/Paris")


def test_a_state_is_named_where_the_data_has_it(gazetteer: OfflineGazetteer) -> None:
    place = gazetteer.place(Coordinates(37.8199, -122.4783))
    assert place is not None
    assert (place.city, place.region, place.country_code) == ("San Francisco", "California", "US")


@pytest.mark.parametrize(("latitude", "longitude"), [(0, -30), (-90, 0), (90, 180), (45, -180)])
def test_far_from_anywhere_is_no_place_but_has_a_zone(
    gazetteer: OfflineGazetteer, latitude: float, longitude: float
) -> None:
    assert gazetteer.place(Coordinates(latitude, longitude)) is None
    assert gazetteer.time_zone(Coordinates(latitude, longitude))


def test_towns_beyond_the_antimeridian_are_near(gazetteer: OfflineGazetteer) -> None:
    west, east = (gazetteer.place(Coordinates(-16.80, longitude)) for longitude in (179.99, -179.99))
    assert west is not None
    assert west.country_code == "FJ"
    assert east is not None
    assert east.city == west.city


def test_a_look_up_takes_milliseconds_at_most(gazetteer: OfflineGazetteer) -> None:
    gazetteer.place(Coordinates(0.5, 32))
    start = time.thread_time()
    for i in range(100):
        gazetteer.place(Coordinates(45 + i / 50, 5 + i / 20))
    assert (time.thread_time() - start) / 100 < 0.01
