"""Putting the public holidays that an owner may have celebrated into their library."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from datetime import date

from services.domain.consent import Scope
from services.domain.library import Library
from services.domain.ports import Holidays

MOST_COUNTRIES = 3
"""Countries in which most days were photographed: those of homes are among them."""


def with_holidays(library: Library, today: date, holidays: Holidays) -> Library:
    """Return the library with the holidays of its countries, from its first picture's year to this one.

    The country is the one that the owner declared. Otherwise it is found from places, so that without
    LOCATION there are no holidays.
    """
    years = [asset.day.year for asset in library.assets]
    if not years:
        return library
    first, last = date(min(years), 1, 1), date(today.year, 12, 31)
    countries = [library.country] if library.country else _countries(library)
    found = (holiday for country in countries for holiday in holidays.between(country, first, last))
    return replace(library, holidays=tuple(found))


def _countries(library: Library) -> list[str]:
    if Scope.LOCATION not in library.scopes:
        return []
    days: dict[str, set[date]] = defaultdict(set)
    for asset in library.assets:
        if asset.place is not None:
            days[asset.place.country_code].add(asset.day)
    return sorted(days, key=lambda country: (-len(days[country]), country))[:MOST_COUNTRIES]
