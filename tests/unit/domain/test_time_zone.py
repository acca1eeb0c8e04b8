"""On whose days stories become due."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

from services.domain.consent import Scope
from services.domain.stories.plan import plan
from tests.unit.domain.album import GRAZ, GRAZ_POINT, LISBON, LISBON_POINT, Album, at

TODAY = date(2024, 5, 10)
TOKYO = timezone(timedelta(hours=9))


def at_home_and_on_a_journey() -> Album:
    """Return weeks at home, and newer pictures by the clock of Tokyo."""
    album, vienna = Album(), replace(GRAZ, time_zone="Europe/Vienna")
    for week in range(9):
        evening = at(date(2024, 3, 1) + timedelta(weeks=week), 19)
        album.series(evening, 2, coordinates=GRAZ_POINT, place=vienna)
    start = datetime(2024, 5, 6, 10, tzinfo=TOKYO)
    album.series(start, 60, coordinates=LISBON_POINT, place=replace(LISBON, time_zone="Asia/Tokyo"))
    return album


def test_days_are_those_of_home_also_on_a_journey() -> None:
    made = plan(at_home_and_on_a_journey().library(), TODAY)
    assert made.time_zone == ZoneInfo("Europe/Vienna")


def test_without_a_home_days_are_those_of_the_newest_pictures() -> None:
    library = at_home_and_on_a_journey().library(scopes=frozenset(Scope) - {Scope.LOCATION})
    assert plan(library, TODAY).time_zone == TOKYO


def test_a_zone_that_nobody_knows_is_told_by_clocks() -> None:
    album = Album()
    lost = replace(GRAZ, time_zone="Middle-earth/Shire")
    for week in range(9):
        evening = datetime(2024, 3, 1, 19, tzinfo=TOKYO) + timedelta(weeks=week)
        album.series(evening, 2, coordinates=GRAZ_POINT, place=lost)
    assert plan(album.library(), TODAY).time_zone == TOKYO


def test_without_pictures_no_zone_is_known() -> None:
    assert plan(Album().library(), TODAY).time_zone is None
