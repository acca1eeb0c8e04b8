"""Places away from home that daily life reaches: a weekend house, an office elsewhere, the grandparents.

Who is there is not on a journey. A place is usual while the owner comes there again and again and is at home
in between. A holiday of many weeks is one visit, however long, and a place of holidays is seldom visited more
than once or twice a year.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.domain.media import Coordinates
from services.domain.places import Home, haversine_km
from services.domain.roll import Bools, Floats, Ints, Roll
from services.domain.sightings import candidate_cells, days_near, days_of, middles

VISITS = 6
"""Visits, each after the owner was at home, within PERIOD_DAYS that make a place usual."""
PERIOD_DAYS = 365
MARGIN_DAYS = 60
"""Before the first visit that was noticed, and after the last: some are spent around the place alone."""
NEAR_KM = 20.0
"""Around home and usual places: town and suburbs, lake and woods."""
_NONE: Ints = np.zeros(0, dtype=np.int64)


class UsualPlaces:
    """Finds usual places, and keeps them while the sightings are the same."""

    def __init__(self) -> None:
        self._sightings: Ints = _NONE
        self._homes: Sequence[Home] = ()
        self._found: tuple[Home, ...] = ()

    def find(self, sightings: Ints, homes: Sequence[Home]) -> tuple[Home, ...]:
        """Return the usual places, each with the days in which it is one.

        Args:
            sightings: Where the owner was on which day, as `HomeFinder` packs it; ascending.
            homes: The owner's homes.
        """
        if self._sightings is not sightings or self._homes != homes:
            self._sightings, self._homes = sightings, homes
            self._found = _find(sightings, homes) if homes else ()
        return self._found


def _find(sightings: Ints, homes: Sequence[Home]) -> tuple[Home, ...]:
    at_home, away = _at_home_and_away(sightings, homes)
    found = []
    for cell in candidate_cells(away) if away.size else ():
        days = np.unique(days_near(away, cell)[0])
        usual = days[_is_usual(days, at_home)]
        latitude, longitude = middles(np.array([cell]))
        point = Coordinates(float(latitude[0]), float(longitude[0]))
        parts = np.split(usual, np.flatnonzero(np.diff(usual) > PERIOD_DAYS) + 1)
        found += [
            Home(point, int(part[0]) - MARGIN_DAYS, int(part[-1]) + MARGIN_DAYS)
            for part in parts
            if part.size
        ]
    return tuple(found)


def _at_home_and_away(sightings: Ints, homes: Sequence[Home]) -> tuple[Ints, Ints]:
    """Return the days on which the owner was at home (ascending, each once), and the sightings elsewhere."""
    days, (latitude, longitude) = days_of(sightings), middles(sightings)
    near = np.zeros(sightings.size, dtype=np.bool_)
    for home in homes:
        point, at = home.coordinates, (days >= home.first_day) & (days <= home.last_day)
        near |= at & (haversine_km(latitude, longitude, point.latitude, point.longitude) < NEAR_KM)
    return np.unique(days[near]), sightings[~near]


def _is_usual(days: Ints, at_home: Ints) -> Bools:
    """Tell of each day at a place whether it lies in a period with enough visits.

    Args:
        days: On which the owner was there; ascending, each once.
        at_home: On which the owner was at home; likewise.
    """
    before = np.searchsorted(at_home, days)
    visit = np.cumsum(np.append(0, np.diff(before) > 0)) if days.size else _NONE
    ends = np.searchsorted(days, days + PERIOD_DAYS) - 1
    enough = visit[ends] - visit + 1 >= VISITS
    change = np.zeros(days.size + 1, dtype=np.int64)
    np.add.at(change, np.flatnonzero(enough), 1)
    np.add.at(change, ends[enough] + 1, -1)
    return np.asarray(np.cumsum(change)[:-1] > 0)


def away_km(roll: Roll, from_home: Floats, places: Sequence[Home], part: slice) -> Floats:
    """Return the km from home of each asset of a part, 0 at and around a usual place; NaN where unknown."""
    days, latitude, longitude = roll.days[part], roll.latitude[part], roll.longitude[part]
    away = from_home[part].copy()
    for place in places:
        at, point = (days >= place.first_day) & (days <= place.last_day), place.coordinates
        km = haversine_km(latitude[at], longitude[at], point.latitude, point.longitude)
        away[at] = np.where(km < NEAR_KM, 0.0, away[at])
    return away
