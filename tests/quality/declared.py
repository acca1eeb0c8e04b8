"""Works out declared anniversaries again: whether it is the day, after how many years, and what is shown."""

from __future__ import annotations

import re
from datetime import date

from services.domain.declared import DeclaredOccasion
from services.domain.library import Library, LibraryAsset
from services.domain.stories.story import Story

MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]
DAY = r"(\d+) (\w+) (\d+)"
DECLARED = rf"You declared {DAY} as a day to remember; (\d+) years? later it is {DAY}"


def declared_holds(match: re.Match[str], story: Story, library: Library) -> bool:
    """Tell whether such a day was declared, of these people, so many years before the one it is due on."""
    since, years, on = _day(*match.group(1, 2, 3)), int(match[4]), _day(*match.group(5, 6, 7))
    declared = declared_of(story, library)
    return declared is not None and on == story.due and (declared.day, on) == (since, _later(since, years))


def declared_of(story: Story, library: Library) -> DeclaredOccasion | None:
    """Return the declaration that a story says it tells; None of a story that was found."""
    said = re.search(DECLARED, "\n".join(map(str, story.evidence)))
    if said is None:
        return None
    since = _day(*said.group(1, 2, 3))
    of = [told for told in library.declared.values() if told.day == since]
    return next(told for told in of if not told.people or set(told.people) == set(story.people))


def shown_by(declared: DeclaredOccasion, asset: LibraryAsset, story: Story) -> bool:
    """Tell whether a story of this day may choose among pictures such as this one."""
    if not declared.day <= asset.day < story.due:
        return False
    if declared.people:
        return set(declared.people) <= set(asset.people)
    return asset.day == _later(declared.day, asset.day.year - declared.day.year)


def _later(since: date, years: int) -> date:
    """Return the same day of a later year; the last of February for the 29th where there is none."""
    year = since.year + years
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return date(year, since.month, 28 if (since.month, since.day) == (2, 29) and not leap else since.day)


def _day(day: str, month: str, year: str) -> date:
    return date(int(year), MONTHS.index(month) + 1, int(day))
