"""The days that an owner's country celebrates, wherever the owner was at home at the time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from services.domain.places import Home
from services.domain.roll import Floats, Roll
from services.domain.timeline import main_place

AT_HOME_KM = 10.0


def holidays_at_home(roll: Roll, homes: Sequence[Home], distances: Floats) -> Mapping[date, tuple[str, ...]]:
    """Return the names of the holidays of each day that has some, as the owner's country calls them.

    The country is the declared one, or that of the home of the day; without either there are none.
    """
    periods = [(home.first_day, home.last_day, _country(roll, home, distances)) for home in homes]
    if roll.library.country:
        periods = [(date.min.toordinal(), date.max.toordinal(), roll.library.country)]
    names: dict[date, list[str]] = defaultdict(list)
    for holiday in roll.library.holidays:
        day = holiday.on.toordinal()
        if any(first <= day <= last and holiday.country == country for first, last, country in periods):
            names[holiday.on].append(holiday.name)
    return {day: tuple(sorted(found)) for day, found in sorted(names.items())}


def _country(roll: Roll, home: Home, distances: Floats) -> str:
    lived = (roll.days >= home.first_day) & (roll.days <= home.last_day) & (distances <= AT_HOME_KM)
    place = main_place(roll, np.flatnonzero(lived))
    return place.country_code if place else ""
