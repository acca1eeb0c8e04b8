"""Days that come round: what is due when."""

from __future__ import annotations

from calendar import isleap
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from services.domain.declared import DeclaredOccasion
from services.domain.facets import Person
from services.domain.identity import OccasionId, PersonId
from services.domain.stories.dates import on_year

OLDEST_BIRTH_YEAR = 1900
"""Address books write an unknown year of birth as 1604 or year 1."""

TURN_OF_THE_YEAR = frozenset({(12, 24), (12, 25), (12, 26), (12, 31), (1, 1)})
"""(month, day); celebrated also where they are no public holidays."""


@dataclass(frozen=True, slots=True)
class Birthday:
    """One birthday of one person."""

    person: PersonId
    name: str
    born: date
    on: date
    """The day that is celebrated: 28 February for those born on the 29th, where there is none."""

    @property
    def age(self) -> int | None:
        """Years completed on the day; None where the year of birth is unknown."""
        return self.on.year - self.born.year if self.born.year >= OLDEST_BIRTH_YEAR else None


def birthdays(people: Mapping[PersonId, Person], first: date, last: date) -> list[Birthday]:
    """Return the birthdays of named people from the first to the last day, in order of day."""
    found = []
    for id_, person in people.items():
        if not person.name or person.hidden or person.birthday is None:
            continue
        for year in range(first.year, last.year + 1):
            on = on_year(person.birthday, year)
            if first <= on <= last and on >= person.birthday:
                found.append(Birthday(id_, person.name, person.birthday, on))
    return sorted(found, key=lambda birthday: (birthday.on, birthday.person))


@dataclass(frozen=True, slots=True)
class Anniversary:
    """A year that ends since a day that was declared."""

    id: OccasionId
    occasion: DeclaredOccasion
    on: date
    """The day that is celebrated: 28 February for the 29th, where there is none."""

    @property
    def years(self) -> int:
        """How many years it is since then, at least one."""
        return self.on.year - self.occasion.day.year


def anniversaries(
    declared: Mapping[OccasionId, DeclaredOccasion], first: date, last: date
) -> list[Anniversary]:
    """Return the anniversaries of declared days from the first to the last day, in order of day."""
    years = range(first.year, last.year + 1)
    days = [Anniversary(id_, told, on_year(told.day, y)) for id_, told in declared.items() for y in years]
    due = [day for day in days if first <= day.on <= last and day.years > 0]
    return sorted(due, key=lambda anniversary: (anniversary.on, anniversary.id))


def same_days(today: date, first_year: int, within: int = 0) -> list[date]:
    """Return this day of every earlier year since `first_year`, and the days up to `within` around each.

    On 28 February of a year without a 29th, the 29th of earlier years has its day too.
    """
    years = range(first_year, today.year)
    anchors = {on_year(today, year) for year in years}
    if (today.month, today.day) == (2, 28) and not isleap(today.year):
        anchors |= {date(year, 2, 29) for year in years if isleap(year)}
    shifts = range(-within, within + 1)
    return sorted({day + timedelta(days=shift) for day in anchors for shift in shifts})
