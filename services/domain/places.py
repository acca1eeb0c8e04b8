"""Where an owner is at home, from habits, and how far from it each picture was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.media import Coordinates
from services.domain.roll import Bools, Floats, Ints, Roll

EARTH_RADIUS_KM = 6371.0088
CELL_DEGREES = 0.01
"""About 1.1 km: a neighbourhood, wide enough for the scatter of a phone's GPS indoors."""
MIN_WEEKS = 3
"""Weeks in which a place must be seen before it can be home: a holiday's many days are not enough."""
CANDIDATES = 40
"""Cells with the most days that are looked at; homes are far ahead of the rest."""
QUARTER_WEEKS = 13
SMOOTHING = 2
"""Quarters to either side that count when the home of a quarter is found: bridges a long journey."""
HYSTERESIS = 1.25
"""How much more a new place must be seen before it takes over as home."""
EVENING, MORNING = 19, 8
"""Between these local hours people are rather at home than at work."""


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


def find_homes(roll: Roll) -> tuple[Home, ...]:
    """Return the owner's homes in order of time; none where habits show none.

    A home is the cell of the grid that is seen in most weeks, evenings counting twice, among the photos of
    the quarter and its neighbours. The periods of all homes together cover all time.
    """
    usable = np.flatnonzero(roll.located & roll.dated)
    if usable.size == 0:
        return ()
    cells = _cells(roll.latitude[usable], roll.longitude[usable])
    candidates = _candidates(cells, roll.days[usable])
    weeks = (roll.days[usable] - roll.days[usable].min()) // 7
    presence = np.array([_presence(roll, usable, cells, cell, weeks) for cell in candidates])
    if presence.size == 0 or presence.sum(axis=1).max() < MIN_WEEKS:
        return ()
    owners = _owner_of_each_quarter(presence)
    return _periods(roll, usable, cells, candidates, owners)


def home_distances(roll: Roll, homes: Sequence[Home]) -> Floats:
    """Return the km from each asset to the home of its day; NaN where either is unknown."""
    distances = np.full(len(roll), np.nan)
    for home in homes:
        at = (roll.days >= home.first_day) & (roll.days <= home.last_day)
        point = home.coordinates
        distances[at] = haversine_km(roll.latitude[at], roll.longitude[at], point.latitude, point.longitude)
    return distances


def _cells(latitude: Floats, longitude: Floats) -> Ints:
    """Return the (row, column) of each point on a grid of nearly square cells; int64[n, 2]."""
    rows = np.floor(latitude / CELL_DEGREES)
    width = CELL_DEGREES / np.maximum(np.cos(np.radians(rows * CELL_DEGREES)), 0.01)
    return np.stack([rows, np.floor(longitude / width)], axis=1).astype(np.int64)


def _near(cells: Ints, cell: Ints) -> Bools:
    """Mark the points in a cell or next to it."""
    return np.asarray((np.abs(cells - cell) <= 1).all(axis=1))


def _candidates(cells: Ints, days: Ints) -> list[Ints]:
    """Return the cells with most distinct days, the best first, no two of them neighbours."""
    cell_days = np.unique(np.column_stack([cells, days]), axis=0)
    found, counts = np.unique(cell_days[:, :2], axis=0, return_counts=True)
    chosen: list[Ints] = []
    for i in np.argsort(-counts, kind="stable")[: 4 * CANDIDATES].tolist():
        if not any(np.abs(found[i] - other).max() <= 1 for other in chosen):
            chosen.append(found[i])
    return chosen[:CANDIDATES]


def _presence(roll: Roll, usable: Ints, cells: Ints, cell: Ints, weeks: Ints) -> Floats:
    """Return the weeks of each quarter in which a place is seen, evenings twice; float64[quarters]."""
    near = _near(cells, cell)
    hours = roll.hours[usable]
    evening = near & ((hours >= EVENING) | (hours < MORNING))
    quarters = int(weeks.max()) // QUARTER_WEEKS + 1
    seen, seen_evening = np.unique(weeks[near]), np.unique(weeks[evening])
    counted = np.bincount(seen // QUARTER_WEEKS, minlength=quarters)
    return np.asarray(counted + np.bincount(seen_evening // QUARTER_WEEKS, minlength=quarters), np.float64)


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
    roll: Roll, usable: Ints, cells: Ints, candidates: Sequence[Ints], owners: Sequence[int]
) -> tuple[Home, ...]:
    """Turn the owner of each quarter into homes, each change moved to the day that fits the photos best."""
    days = roll.days[usable]
    changes = [q for q in range(1, len(owners)) if owners[q] != owners[q - 1]]
    near = {owner: _near(cells, candidates[owner]) for owner in set(owners)}
    bounds = [0]
    for q in changes:
        around = int(days.min()) + q * QUARTER_WEEKS * 7
        before, after = days[near[owners[q - 1]]], days[near[owners[q]]]
        bounds.append(_moving_day(np.unique(before), np.unique(after), around))
    bounds.append(np.iinfo(np.int64).max)
    homes = []
    for index, q in enumerate([0, *changes]):
        first, last = bounds[index], bounds[index + 1] - 1
        inside = near[owners[q]] & (days >= first) & (days <= last)
        at = usable[inside] if inside.any() else usable[near[owners[q]]]
        point = Coordinates(float(np.median(roll.latitude[at])), float(np.median(roll.longitude[at])))
        homes.append(Home(point, first, last))
    return tuple(homes)


def _moving_day(before: Ints, after: Ints, around: int) -> int:
    """Return the first day in the new home: most days in the old home lie before it, in the new one after."""
    reach = SMOOTHING * QUARTER_WEEKS * 7
    candidates = np.arange(around - reach, around + reach + 1)
    old = before[np.abs(before - around) <= reach]
    new = after[np.abs(after - around) <= reach]
    fit = np.searchsorted(old, candidates) + new.size - np.searchsorted(new, candidates)
    return int(candidates[np.argmax(fit)])
