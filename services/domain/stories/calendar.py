"""The days that an owner's country celebrates, wherever the owner was at home at the time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np

from services.domain.library import Library
from services.domain.media import Place
from services.domain.places import Home
from services.domain.roll import Floats, Roll
from services.domain.stories.text import Said
from services.domain.stories.wording import named
from services.domain.timeline import main_place

AT_HOME_KM = 10.0


def places_of_homes(roll: Roll, homes: Sequence[Home], distances: Floats) -> tuple[Place | None, ...]:
    """Return the named place in which most pictures near each home were taken; None where unknown."""
    near = distances <= AT_HOME_KM
    lived = ((roll.days >= home.first_day) & (roll.days <= home.last_day) for home in homes)
    return tuple(main_place(roll, np.flatnonzero(near & period)) for period in lived)


def holidays_at_home(
    library: Library, homes: Sequence[Home], places: Sequence[Place | None]
) -> Mapping[date, Mapping[str, Said]]:
    """Return the holidays of each day that has some: by name, how the owner's country calls them.

    The country is the declared one, or that of the home of the day; without either there are none.
    """
    periods = [
        (home.first_day, home.last_day, place.country_code)
        for home, place in zip(homes, places, strict=True)
        if place
    ]
    if library.country:
        periods = [(date.min.toordinal(), date.max.toordinal(), library.country)]
    called: dict[date, dict[str, Said]] = defaultdict(dict)
    for holiday in library.holidays:
        day = holiday.on.toordinal()
        if any(first <= day <= last and holiday.country == country for first, last, country in periods):
            called[holiday.on][holiday.name] = named(holiday.name, holiday.translations)
    return {day: dict(sorted(found.items())) for day, found in sorted(called.items())}
