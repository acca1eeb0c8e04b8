"""Putting the public holidays that an owner may have celebrated into their library."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Iterable
from dataclasses import replace
from datetime import date
from typing import TypeVar

from services.domain.consent import Scope
from services.domain.holidays import Holiday
from services.domain.library import Library, LibraryAsset
from services.domain.ports import Holidays

K = TypeVar("K", bound=Hashable)
MOST_COUNTRIES = 3
"""Countries in which most days were photographed: those of homes are among them."""


class DaysAbroad:
    """On which days an owner took pictures, and in which countries, kept while assets come and go."""

    def __init__(self, assets: Iterable[LibraryAsset] = ()) -> None:
        self._years: dict[int, int] = {}
        self._days: defaultdict[str, dict[date, int]] = defaultdict(dict)
        self._found: tuple[object, tuple[Holiday, ...]] = (None, ())
        self.change(assets, ())

    def change(self, put: Iterable[LibraryAsset], left: Iterable[LibraryAsset]) -> None:
        """Count assets that came, and count those no longer that left, as they were."""
        for assets, one in ((put, 1), (left, -1)):
            for asset in assets:
                _count(self._years, asset.day.year, one)
                if asset.place is not None:
                    _count(self._days[asset.place.country_code], asset.day, one)

    def with_holidays(self, library: Library, today: date, holidays: Holidays) -> Library:
        """Return the library with the holidays of its countries, from its first picture's year to this one.

        The country is the one that the owner declared. Otherwise it is found from places, so that without
        LOCATION there are no holidays. The library need not hold the assets that were counted.
        """
        if not self._years:
            return library
        first, last = date(min(self._years), 1, 1), date(today.year, 12, 31)
        asked = first, last, tuple([library.country] if library.country else self._countries(library))
        if self._found[0] != asked:
            found = (day for country in asked[2] for day in holidays.between(country, first, last))
            self._found = asked, tuple(found)
        return replace(library, holidays=self._found[1])

    def _countries(self, library: Library) -> list[str]:
        if Scope.LOCATION not in library.scopes:
            return []
        known = [country for country, days in self._days.items() if days]
        return sorted(known, key=lambda country: (-len(self._days[country]), country))[:MOST_COUNTRIES]


def _count(counts: dict[K, int], what: K, more: int) -> None:
    counts[what] = counts.get(what, 0) + more
    if counts[what] == 0:
        del counts[what]


def with_holidays(library: Library, today: date, holidays: Holidays) -> Library:
    """Return a library with the holidays of its countries, from its first picture's year to this one."""
    return DaysAbroad(library.assets).with_holidays(library, today, holidays)
