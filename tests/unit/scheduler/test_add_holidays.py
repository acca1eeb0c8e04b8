"""Which holidays a library is given."""

from dataclasses import replace
from datetime import date

from services.adapters.holidays import OfflineHolidays
from services.domain.consent import Scope
from services.domain.library import Library
from services.scheduler.add_holidays import with_holidays
from tests.unit.domain.album import Album, a_trip

TODAY = date(2024, 6, 1)


def library() -> Library:
    album = Album()
    a_trip(album)
    return album.library()


def holidays_of(library: Library) -> set[tuple[str, int]]:
    return {(h.country, h.on.year) for h in with_holidays(library, TODAY, OfflineHolidays()).holidays}


def test_those_of_the_countries_and_years_of_the_pictures() -> None:
    assert holidays_of(library()) == {("AT", 2024), ("PT", 2024)}


def test_without_consent_to_places_no_country_is_known() -> None:
    assert holidays_of(replace(library(), scopes=frozenset(Scope) - {Scope.LOCATION})) == set()


def test_a_declared_country_is_the_only_one() -> None:
    declared = replace(library(), scopes=frozenset({Scope.CLOUD_PROCESSING}), country="FR")
    assert holidays_of(declared) == {("FR", 2024)}


def test_an_empty_library_stays_empty() -> None:
    assert with_holidays(Library(()), TODAY, OfflineHolidays()) == Library(())
