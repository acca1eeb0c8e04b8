"""Public holidays from the `holidays` package, which computes those of most countries for any year."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date
from functools import lru_cache

import holidays

from services.domain.holidays import Holiday

_LANGUAGE = "en_US"
"""The language of the stories; the package has it for most countries, and each in one of its own."""
_ESTIMATED = " (estimated)"
"""Follows the name where a lunar calendar makes the date an estimate."""
_REPLACEMENT = "substituted from"
"""Is in the names of days off that celebrate nothing themselves."""


class OfflineHolidays:
    """The Holidays port on rules that are installed with the program."""

    def between(self, country: str, first: date, last: date) -> Sequence[Holiday]:
        """Return the holidays of a country from the first to the last day; none of an unknown country."""
        years = range(first.year, last.year + 1)
        found = (holiday for year in years for holiday in _of_year(country, year))
        return [holiday for holiday in found if first <= holiday.on <= last]


@lru_cache(maxsize=1024)
def _of_year(country: str, year: int) -> tuple[Holiday, ...]:
    try:
        days = holidays.country_holidays(country, years=year, observed=False, language=_LANGUAGE)
    except NotImplementedError:
        return ()
    return tuple(Holiday(country, on, name) for on in sorted(days) for name in _names(days.get_list(on)))


def _names(listed: Sequence[str]) -> Iterator[str]:
    """Tidy the names of a day, so that a holiday is called the same in every year."""
    for name in dict.fromkeys(listed):
        if _REPLACEMENT not in name:
            yield name.removesuffix(_ESTIMATED).replace("'", "’")
