"""The days that an owner's country celebrates, wherever the owner was at home at the time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import groupby

import numpy as np

from services.domain.holidays import Holiday
from services.domain.library import Library
from services.domain.media import Place
from services.domain.places import Home
from services.domain.roll import Floats, Roll
from services.domain.timeline import main_place

AT_HOME_KM = 10.0


def places_of_homes(roll: Roll, homes: Sequence[Home], distances: Floats) -> tuple[Place | None, ...]:
    """Return the named place in which most pictures near each home were taken; None where unknown."""
    near = distances <= AT_HOME_KM
    lived = ((roll.days >= home.first_day) & (roll.days <= home.last_day) for home in homes)
    return tuple(main_place(roll, np.flatnonzero(near & period)) for period in lived)


def holidays_at_home(
    library: Library, homes: Sequence[Home], places: Sequence[Place | None]
) -> tuple[Holiday, ...]:
    """Return the holidays of the owner's country, by day and name.

    The country is the declared one, or that of the home of the day; without either there are none.
    """
    periods = [
        (home.first_day, home.last_day, place.country_code)
        for home, place in zip(homes, places, strict=True)
        if place
    ]
    if library.country:
        periods = [(date.min.toordinal(), date.max.toordinal(), library.country)]
    found = [
        holiday
        for holiday in library.holidays
        if any(
            first <= holiday.on.toordinal() <= last and holiday.country == country
            for first, last, country in periods
        )
    ]
    return tuple(sorted(found, key=lambda holiday: (holiday.on, holiday.name)))


def names_by_day(holidays: Sequence[Holiday]) -> Mapping[date, tuple[str, ...]]:
    """Return the names of the holidays of each day, given in order of days."""
    by_day = groupby(holidays, key=lambda holiday: holiday.on)
    return {day: tuple(holiday.name for holiday in of_day) for day, of_day in by_day}
