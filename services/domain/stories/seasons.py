"""Seasons as the weather has them: three whole months each, turned around south of the equator."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

NAMES = ("winter", "spring", "summer", "autumn")
MONTHS = 3
TROPIC = 23.44
"""Degrees of latitude between which the year has no such seasons."""


@dataclass(frozen=True, slots=True)
class Season:
    """One season of one year."""

    name: str
    """One of NAMES."""
    first: date
    last: date


def season_of(day: date, latitude: float) -> Season | None:
    """Return the season of a day at a latitude (degrees); None in the tropics."""
    if abs(latitude) <= TROPIC:
        return None
    quarter = day.month % 12 // MONTHS
    month = (quarter * MONTHS + 11) % 12 + 1
    first = date(day.year - (month > day.month), month, 1)
    name = NAMES[(quarter + (2 if latitude < 0 else 0)) % 4]
    return Season(name, first, _months_later(first, MONTHS) - timedelta(days=1))


def winter_year(day: date, latitude: float) -> date:
    """Return the first day of the twelve months in whose middle the winter of a day lies."""
    if latitude < 0:
        return date(day.year, 1, 1)
    return date(day.year - (day.month < 7), 7, 1)


def _months_later(first: date, months: int) -> date:
    """Return the first day of a month so many months later."""
    years, month = divmod(first.month - 1 + months, 12)
    return date(first.year + years, month + 1, 1)
