"""Dates and ranges of dates as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.domain.stories.text import Said, Text
from services.domain.stories.wording import join, say


def day(value: date) -> Text:
    """Return a full date: 3 May 2024."""
    return say("date.day", day=value.day, month=_month(value), year=value.year)


def day_of_year(value: date) -> Text:
    """Return a date without its year: 3 May."""
    return say("date.day_of_year", day=value.day, month=_month(value))


def month(value: date) -> Text:
    """Return a month: May 2024."""
    return say("date.month", month=_month(value), year=value.year)


def weekday(value: date) -> Text:
    """Return the name of the day: Friday."""
    return say(f"weekday.{value.isoweekday()}")


def span(first: date, last: date) -> Text:
    """Return a range of days, nothing said twice.

    3 May 2024 · 3–5 May 2024 · 30 April – 2 May 2024 · 30 December 2023 – 2 January 2024.
    """
    if first == last:
        return day(first)
    begin, end = bounds(first, last)
    return say("date.days" if in_one_month(first, last) else "date.days.apart", first=begin, last=end)


def bounds(first: date, last: date) -> tuple[Text, Text]:
    """Return the first and the last of some days, nothing said twice.

    2, 30 April 2024 · 6 April, 4 May 2024 · 3 May 2021, 8 June 2024.
    """
    if in_one_month(first, last):
        return say("date.day_of_month", day=first.day), day(last)
    return day_of_year(first) if first.year == last.year else day(first), day(last)


def in_one_month(first: date, last: date) -> bool:
    """Tell whether two days lie in the same month of the same year."""
    return (first.year, first.month) == (last.year, last.month)


def years(values: Iterable[int]) -> Said:
    """Return years as a list, runs of three and more as a range: 2019, 2021 and 2023–2025."""
    runs: list[list[int]] = []
    for year in sorted(set(values)):
        if runs and year == runs[-1][-1] + 1:
            runs[-1].append(year)
        else:
            runs.append([year])
    said: list[str] = []
    for run in runs:
        said += [f"{run[0]}–{run[-1]}"] if len(run) > 2 else [str(year) for year in run]
    return join(said)


def year_span(first: int, last: int) -> str:
    """Return the years from first to last: 2024, or 2019–2024."""
    return str(first) if first == last else f"{first}–{last}"


def on_year(value: date, year: int) -> date:
    """Return the same day in another year; 29 February becomes the 28th where there is none."""
    try:
        return value.replace(year=year)
    except ValueError:
        return value.replace(year=year, day=28)


def complete_years(first: date, last: date) -> int:
    """Return how many whole years lie between two days: 3 from 4 May 2020 to 3 May 2024."""
    return last.year - first.year - ((last.month, last.day) < (first.month, first.day))


def _month(value: date) -> Text:
    return say(f"month.{value.month}")
