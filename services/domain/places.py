"""Where an owner is at home, from habits, and how far from it each picture was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.media import Coordinates
from services.domain.roll import Floats, Ints, Roll
from services.domain.sightings import candidate_cells, days_near, days_of, distinct, near_cell, pack
from services.domain.splice import Along, Seam

EARTH_RADIUS_KM = 6371.0088
MIN_WEEKS = 3
"""Weeks in which a place must be seen before it can be home: a holiday's many days are not enough."""
QUARTER_WEEKS = 13
SMOOTHING = 2
"""Quarters to either side that count when the home of a quarter is found: bridges a long journey."""
HYSTERESIS = 1.25
"""How much more a new place must be seen before it takes over as home."""
DECIMALS = 3
"""Of a home's degrees: to about 100 m, so that one picture more does not move the home."""
STEP = 1e-5
"""Degrees: a metre."""


@dataclass(frozen=True, slots=True)
class Home:
    """A home, and the days (ordinals, first and last) in which it was one."""

    coordinates: Coordinates
    first_day: int
    last_day: int


def haversine_km(
    latitude: Floats, longitude: Floats, to_latitude: Floats | float, to_longitude: Floats | float
) -> Floats:
    """Return great-circle distances in km between points in degrees; arrays broadcast, NaN stays NaN."""
    phi, to_phi = np.radians(latitude), np.radians(to_latitude)
    half_lambda = np.radians(np.asarray(to_longitude) - longitude) / 2
    chord = np.sin((to_phi - phi) / 2) ** 2 + np.cos(phi) * np.cos(to_phi) * np.sin(half_lambda) ** 2
    return np.asarray(2 * EARTH_RADIUS_KM * np.arcsin(np.sqrt(np.clip(chord, 0.0, 1.0))), dtype=np.float64)


class HomeFinder:
    """Finds homes and the way to them, and keeps what it computed for the next roll."""

    def __init__(self) -> None:
        self._sighted = Along[np.int64]()
        self._distances = Along[np.float64]()
        self._packed: Ints = np.zeros(0, dtype=np.int64)
        self.sightings: Ints = np.zeros(0, dtype=np.int64)
        """Where the owner was on which day, by day or in the evening, each once, ascending."""
        self._owners: Sequence[int] = ()
        """Which cell was home in each quarter, by these sightings."""

    def find(self, roll: Roll) -> tuple[Home, ...]:
        """Return the owner's homes in order of time; none where habits show none.

        A home is the cell of the grid that is seen in most weeks, evenings counting twice, among the photos
        of the quarter and its neighbours. The periods of all homes together cover all time.
        """
        usable = np.flatnonzero(roll.located & roll.dated)
        if usable.size == 0:
            return ()
        packed = self._sighted.column(roll.tokens[usable], lambda part: pack(roll, usable[part]))
        if not self._was_seen(packed):
            self.sightings = distinct(packed)
            self._owners = _cell_of_each_quarter(self.sightings)
        self._packed = packed
        return _periods(roll, usable, packed, self.sightings, self._owners) if self._owners else ()

    def _was_seen(self, packed: Ints) -> bool:
        """Tell whether these are the pictures of before and others of the same days and places, none less."""
        seam = Seam.between(self._packed, packed)
        nothing_less = seam.head + seam.tail == self._packed.size
        added = packed[seam.head : packed.size - seam.tail]
        low, high = (np.searchsorted(self.sightings, added, side) for side in ("left", "right"))
        return nothing_less and bool((low < high).all())

    def distances(self, roll: Roll, homes: Sequence[Home]) -> Floats:
        """Return the km from each asset to the home of its day; NaN where either is unknown."""
        return self._distances.column(
            roll.tokens, lambda part: _home_distances(roll, homes, part), given=tuple(homes)
        )


def find_homes(roll: Roll) -> tuple[Home, ...]:
    """Find the homes in one roll."""
    return HomeFinder().find(roll)


def home_distances(roll: Roll, homes: Sequence[Home]) -> Floats:
    """Return the km from each asset of one roll to the home of its day; NaN where either is unknown."""
    return HomeFinder().distances(roll, homes)


def _home_distances(roll: Roll, homes: Sequence[Home], part: slice) -> Floats:
    days, latitude, longitude = roll.days[part], roll.latitude[part], roll.longitude[part]
    distances = np.full(days.size, np.nan)
    for home in homes:
        at = (days >= home.first_day) & (days <= home.last_day)
        point = home.coordinates
        distances[at] = haversine_km(latitude[at], longitude[at], point.latitude, point.longitude)
    return distances


def _presences(sightings: Ints, candidates: Sequence[int]) -> Floats:
    """Return the weeks of each quarter in which each place is seen, evenings twice; float64[n, quarters]."""
    days = days_of(sightings)
    first = int(days.min())
    quarters = int(days.max() - first) // 7 // QUARTER_WEEKS + 1
    seen = np.zeros((len(candidates), 2, quarters * QUARTER_WEEKS), dtype=np.bool_)
    for place, cell in enumerate(candidates):
        for times, near in enumerate(days_near(sightings, cell)):
            seen[place, times, (near - first) // 7] = True
    weeks = seen.reshape(len(candidates), 2, quarters, QUARTER_WEEKS)
    return np.asarray(weeks.sum(axis=(1, 3)), dtype=np.float64)


def _cell_of_each_quarter(sightings: Ints) -> list[int]:
    """Return the cell that is home in each quarter; none where habits show none."""
    candidates = candidate_cells(sightings)
    presence = _presences(sightings, candidates)
    if presence.size == 0 or presence.sum(axis=1).max() < MIN_WEEKS:
        return []
    return [candidates[owner] for owner in _owner_of_each_quarter(presence)]


def _owner_of_each_quarter(presence: Floats) -> list[int]:
    """Return the candidate that is home in each quarter; quarters that show none keep the one before."""
    kernel = np.ones(2 * SMOOTHING + 1)
    smooth = np.array([np.convolve(row, kernel)[SMOOTHING:-SMOOTHING] for row in presence])
    current = int(np.argmax(presence.sum(axis=1)))
    first_known = np.flatnonzero(smooth.max(axis=0) >= MIN_WEEKS)
    if first_known.size:
        current = int(np.argmax(smooth[:, first_known[0]]))
    owners = []
    for quarter in smooth.T:
        best = int(np.argmax(quarter))
        if quarter[best] >= MIN_WEEKS and quarter[best] > HYSTERESIS * quarter[current]:
            current = best
        owners.append(current)
    return owners


def _periods(
    roll: Roll, usable: Ints, packed: Ints, sightings: Ints, owners: Sequence[int]
) -> tuple[Home, ...]:
    """Turn the cell of each quarter into homes, each change moved to the day that fits the photos best."""
    days = roll.days[usable]
    changes = [q for q in range(1, len(owners)) if owners[q] != owners[q - 1]]
    bounds = [0]
    for q in changes:
        around = int(days.min()) + q * QUARTER_WEEKS * 7
        before, after = (np.unique(days_near(sightings, owners[at])[0]) for at in (q - 1, q))
        bounds.append(_moving_day(before, after, around))
    bounds.append(np.iinfo(np.int64).max)
    homes = []
    for index, q in enumerate([0, *changes]):
        first, last = bounds[index], bounds[index + 1] - 1
        near = near_cell(packed, owners[q])
        inside = near & (days >= first) & (days <= last)
        at = usable[inside] if inside.any() else usable[near]
        homes.append(Home(_middle(roll.latitude[at], roll.longitude[at]), first, last))
    return tuple(homes)


def _middle(latitude: Floats, longitude: Floats) -> Coordinates:
    return Coordinates(round(_median(latitude), DECIMALS), round(_median(longitude), DECIMALS))


def _median(degrees: Floats) -> float:
    """Return the (lower) median of coordinates that lie close together, to STEP: counted, not sorted."""
    steps = np.floor(degrees / STEP).astype(np.int64)
    first = int(steps.min())
    counted = np.cumsum(np.bincount(steps - first))
    return (first + int(np.searchsorted(counted, (steps.size + 1) // 2)) + 0.5) * STEP


def _moving_day(before: Ints, after: Ints, around: int) -> int:
    """Return the first day in the new home: most days in the old home lie before it, in the new one after."""
    reach = SMOOTHING * QUARTER_WEEKS * 7
    candidates = np.arange(around - reach, around + reach + 1)
    old = before[np.abs(before - around) <= reach]
    new = after[np.abs(after - around) <= reach]
    fit = np.searchsorted(old, candidates) + new.size - np.searchsorted(new, candidates)
    return int(candidates[np.argmax(fit)])
