"""Trips: the times an owner was away from home, overnight or far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from services.domain.identity import stable_id
from services.domain.journey_edges import with_unlocated
from services.domain.media import Place
from services.domain.places import Home, haversine_km, home_distances
from services.domain.roll import Bools, Floats, Ints, Roll
from services.domain.splice import Along, Memo, Seam
from services.domain.usual_places import away_km

AWAY_KM = 40.0
"""Farther from home than daily life reaches: beyond commutes, shopping and most visits."""
FAR_KM = 150.0
"""A day this far from home is a trip even without a night."""
MIN_DAYS = 2
MIN_PICTURES = 4
"""Fewer pictures tell no trip."""
LONGEST_SILENCE_DAYS = 4.0
"""A longer pause ends a trip, unless it goes on near where it paused."""
LONGEST_STAY_DAYS = 10.0
"""Even in one place a longer pause ends a trip."""
STAY_KM = 60.0
DETOUR = 1.2
"""How much longer the way from one place to the next may become by home, for home to lie on it."""
LONGEST_SILENCE_OVER_HOME_DAYS = 1.5
"""Where home lies on the way, a longer pause was spent there: one journey ended, another begins."""
MAIN_SHARE = 0.1
"""The share of a trip's pictures that makes a place one of its main places."""
FASTEST_KMH = 1000.0
"""Faster than an airliner: the place of such a picture is wrong, or somebody else took it."""


@dataclass(frozen=True, eq=False)
class Trip:
    """One journey, from the first picture away to the last."""

    id: str
    members: Ints
    """Positions in the roll, in order of time; pictures without a place that lie between count too."""
    start: datetime
    end: datetime
    days: int
    """Local calendar days from the first to the last, both counted."""
    places: tuple[Place, ...]
    """Named places with at least MAIN_SHARE of its pictures, that with most first."""
    countries: tuple[str, ...]
    """Names of all countries, that with most pictures first."""
    farthest_km: float
    """From home."""


class TripFinder:
    """Finds the trips in rolls, and keeps what it found for the next one."""

    def __init__(self) -> None:
        self._impossible = Along[np.bool_](reach=1)
        self._ends = Along[np.bool_](reach=1)
        self._away = Along[np.float64]()
        self._trips = Memo()
        self._tokens: Ints = np.zeros(0, dtype=np.int64)
        self._found: dict[int, tuple[Ints, Trip]] = {}
        """Each trip by the first picture of its run, with the run and its neighbours that have a place."""

    def find(
        self, roll: Roll, homes: Sequence[Home], distances: Floats, usual: Sequence[Home] = ()
    ) -> tuple[Trip, ...]:
        """Return the trips in order of time; none where no home is known.

        A trip is a run of pictures at least AWAY_KM from home and not around a usual place. A picture at one
        of these ends it, and so does a long silence. It counts when it spans two days or goes far. A trip
        keeps its id when later pictures are added.

        Args:
            roll: The pictures.
            homes: Of the owner, as the distances were measured from.
            distances: Km of each picture from the home of its day, NaN where unknown.
            usual: Places at which the owner is not on a journey.
        """
        away = distances
        if usual:
            away = self._away.column(
                roll.tokens,
                lambda part: away_km(roll, distances, usual, part),
                given=(*homes, None, *usual),
            )
        located = np.flatnonzero(roll.dated & ~np.isnan(distances))
        wrong = self._impossible.column(roll.tokens[located], lambda part: _impossible(roll, located[part]))
        located = located[~wrong]
        ends = self._ends.column(
            roll.tokens[located],
            lambda part: _ends(roll, located[part], away),
            given=(*homes, None, *usual),
        )
        known = self._found if self._trips.turn(tuple(homes)) else {}
        head = Seam.between(self._tokens, roll.tokens).head
        self._tokens, self._found = roll.tokens, {}
        around = np.concatenate([[-1], located, [len(roll)]])
        for part in _journeys(roll, located, ends, away):
            stretch = around[part.start : part.stop + 2]
            before = known.get(int(stretch[1]))
            if before is None or stretch[-1] >= head or not np.array_equal(stretch, before[0]):
                before = stretch, self._trip(roll, stretch, distances)
            self._found[int(stretch[1])] = before
        return tuple(trip for _, trip in self._found.values() if trip.members.size >= MIN_PICTURES)

    def _trip(self, roll: Roll, stretch: Ints, distances: Floats) -> Trip:
        run = stretch[1:-1]
        members = with_unlocated(roll, run, int(stretch[0]), int(stretch[-1]))
        trip = self._trips.get(roll.tokens[members].tobytes(), lambda: _trip(roll, run, members, distances))
        return trip if np.array_equal(trip.members, members) else replace(trip, members=members)


def find_trips(roll: Roll, homes: Sequence[Home]) -> tuple[Trip, ...]:
    """Find the trips in one roll."""
    return TripFinder().find(roll, homes, home_distances(roll, homes))


def _journeys(roll: Roll, located: Ints, ends: Bools, distances: Floats) -> list[slice]:
    """Return the runs of located pictures away from home that count as trips."""
    if located.size == 0:
        return []
    first = np.append(0, np.flatnonzero(ends[:-1]) + 1)
    last = np.append(first[1:], located.size) - 1
    farthest = np.maximum.reduceat(distances[located], first)
    overnight = roll.days[located[last]] - roll.days[located[first]] + 1 >= MIN_DAYS
    away = distances[located[first]] >= AWAY_KM
    counts = np.flatnonzero(away & (overnight | (farthest >= FAR_KM)))
    return [
        slice(low, high + 1) for low, high in zip(first[counts].tolist(), last[counts].tolist(), strict=True)
    ]


def _ends(roll: Roll, located: Ints, distances: Floats) -> Bools:
    """Tell of each picture whether a run ends with it; the last one's is no end."""
    if located.size == 0:
        return np.zeros(0, dtype=np.bool_)
    away = distances[located] >= AWAY_KM
    return np.append((away[1:] != away[:-1]) | _long_silence(roll, located, distances[located]), False)


def _impossible(roll: Roll, located: Ints) -> Bools:
    """Mark pictures that nobody could have reached from the one before nor left for the one after."""
    if located.size == 0:
        return np.zeros(0, dtype=np.bool_)
    latitude, longitude = roll.latitude[located], roll.longitude[located]
    km = haversine_km(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:])
    hours = np.maximum(np.diff(roll.seconds[located]) / 3600.0, 1e-3)
    too_fast = (km > AWAY_KM) & (km / hours > FASTEST_KMH)
    return np.asarray(np.append(False, too_fast) & np.append(too_fast, False))


def _long_silence(roll: Roll, located: Ints, from_home: Floats) -> Bools:
    """Tell between which neighbours nothing was heard for too long; bool[n - 1]."""
    latitude, longitude = roll.latitude[located], roll.longitude[located]
    km = haversine_km(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:])
    days = np.diff(roll.seconds[located]) / 86_400.0
    allowed = np.where(km <= STAY_KM, LONGEST_STAY_DAYS, LONGEST_SILENCE_DAYS)
    over_home = from_home[:-1] + from_home[1:] <= DETOUR * km
    return np.asarray(days > np.where(over_home, LONGEST_SILENCE_OVER_HOME_DAYS, allowed))


def _trip(roll: Roll, run: Ints, members: Ints, distances: Floats) -> Trip:
    places = roll.places_of(run)
    named = sum(n for _, n in places)
    return Trip(
        id=stable_id("trip", roll.assets[run[0]].id),
        members=members,
        start=roll.assets[members[0]].capture_time,
        end=roll.assets[members[-1]].capture_time,
        days=int(roll.days[members[-1]] - roll.days[members[0]]) + 1,
        places=tuple(place for place, n in places if n >= MAIN_SHARE * named),
        countries=tuple(dict.fromkeys(place.country for place, _ in places)),
        farthest_km=float(distances[run].max()),
    )
