"""Public holidays from the `holidays` package, which computes those of most countries for any year."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from functools import lru_cache

import holidays
from holidays import HolidayBase

from services.domain.holidays import Holiday

_LANGUAGE = "en_US"
"""The language that stories are written in; the package has it for most countries, and each in its own."""
_TRANSLATIONS = ("de",)
"""Other languages of stories; the package has these for a few countries, above all where they are spoken."""
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
    others = {
        language: holidays.country_holidays(country, years=year, observed=False, language=language)
        for language in _TRANSLATIONS
        if language in days.supported_languages
    }
    return tuple(holiday for on in sorted(days) for holiday in _of_day(country, on, days, others))


def _of_day(
    country: str, on: date, days: HolidayBase, others: Mapping[str, HolidayBase]
) -> Iterator[Holiday]:
    names = list(_names(days.get_list(on)))
    translated = {language: list(_names(other.get_list(on))) for language, other in others.items()}
    for n, name in enumerate(names):
        same = tuple((tag, there[n]) for tag, there in translated.items() if len(there) == len(names))
        yield Holiday(country, on, name, same)


def _names(listed: Sequence[str]) -> Iterator[str]:
    """Tidy the names of a day, so that a holiday is called the same in every year."""
    for name in dict.fromkeys(listed):
        if _REPLACEMENT not in name:
            yield name.removesuffix(_ESTIMATED).replace("'", "’")
