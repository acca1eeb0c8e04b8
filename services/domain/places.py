"""Where an owner is at home, from habits, and how far from it each picture was taken."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.media import Coordinates
from services.domain.roll import Bools, Floats, Ints, Roll
from services.domain.splice import Along, Seam

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
DECIMALS = 3
"""Of a home's degrees: to about 100 m, so that one picture more does not move the home."""
STEP = 1e-5
"""Degrees: a metre."""
_ROW, _COLUMN, _DAY = 1 << 40, 1 << 24, 1 << 1
"""Weights of what a sighting packs into one integer: row and column of the cell, day, evening."""
_MIDDLE = 1 << 15
"""Makes columns positive."""


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
        self._cells = Along[np.int64]()
        self._distances = Along[np.float64]()
        self._packed: Ints = np.zeros(0, dtype=np.int64)
        self._sightings: Ints = np.zeros(0, dtype=np.int64)
        """The distinct ones of `_packed`, ascending."""
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
        cells = self._cells.column(
            roll.tokens[usable],
            lambda part: _cells(roll.latitude[usable[part]], roll.longitude[usable[part]]),
        )
        packed = _packed(roll, usable, cells)
        if not self._was_seen(packed):
            self._sightings = _distinct(packed)
            self._owners = _cell_of_each_quarter(self._sightings)
        self._packed = packed
        return _periods(roll, usable, cells, self._sightings, self._owners) if self._owners else ()

    def _was_seen(self, packed: Ints) -> bool:
        """Tell whether these are the pictures of before and others of the same days and places, none less."""
        seam = Seam.between(self._packed, packed)
        nothing_less = seam.head + seam.tail == self._packed.size
        added = packed[seam.head : packed.size - seam.tail]
        low, high = (np.searchsorted(self._sightings, added, side) for side in ("left", "right"))
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


def _cells(latitude: Floats, longitude: Floats) -> Ints:
    """Return the cell of each point on a grid of nearly square cells: _ROW · row + _COLUMN · column."""
    rows = np.floor(latitude / CELL_DEGREES)
    width = CELL_DEGREES / np.maximum(np.cos(np.radians(rows * CELL_DEGREES)), 0.01)
    columns = np.floor(longitude / width) + _MIDDLE
    return rows.astype(np.int64) * _ROW + columns.astype(np.int64) * _COLUMN


def _packed(roll: Roll, usable: Ints, cells: Ints) -> Ints:
    """Return where the owner was on which day, by day or in the evening, for each picture."""
    hours = roll.hours[usable]
    evening = (hours >= EVENING) | (hours < MORNING)
    return np.asarray(cells + roll.days[usable] * _DAY + evening)


def _distinct(packed: Ints) -> Ints:
    """Return each sighting once, ascending; most are the same as the one before."""
    packed = np.sort(packed[np.append(True, np.diff(packed) != 0)])
    return np.asarray(packed[np.append(True, np.diff(packed) != 0)])


def _days_near(sightings: Ints, cell: int) -> tuple[Ints, Ints]:
    """Return the days on which a cell or one next to it was seen, and those with an evening."""
    rows = [cell - _ROW, cell, cell + _ROW]
    bounds = np.searchsorted(sightings, [(row - _COLUMN, row + 2 * _COLUMN) for row in rows])
    near = np.concatenate([sightings[low:high] for low, high in bounds.tolist()]) % _COLUMN
    return near // _DAY, near[near % _DAY == 1] // _DAY


def _candidates(sightings: Ints) -> list[int]:
    """Return the cells with most distinct days, the best first, no two of them neighbours."""
    days = sightings // _DAY
    cells = days[np.append(True, np.diff(days) != 0)] // (_COLUMN // _DAY) * _COLUMN
    first = np.flatnonzero(np.append(True, np.diff(cells) != 0))
    counts = np.diff(np.append(first, cells.size))
    best = np.argsort(-counts, kind="stable")[: 4 * CANDIDATES]
    chosen: list[int] = []
    taken: set[int] = set()
    for cell in cells[first[best]].tolist():
        if cell not in taken:
            chosen.append(cell)
            taken |= {cell + r * _ROW + c * _COLUMN for r in (-1, 0, 1) for c in (-1, 0, 1)}
    return chosen[:CANDIDATES]


def _presences(sightings: Ints, candidates: Sequence[int]) -> Floats:
    """Return the weeks of each quarter in which each place is seen, evenings twice; float64[n, quarters]."""
    days = sightings % _COLUMN // _DAY
    first = int(days.min())
    quarters = int(days.max() - first) // 7 // QUARTER_WEEKS + 1
    seen = np.zeros((len(candidates), 2, quarters * QUARTER_WEEKS), dtype=np.bool_)
    for place, cell in enumerate(candidates):
        for times, near in enumerate(_days_near(sightings, cell)):
            seen[place, times, (near - first) // 7] = True
    weeks = seen.reshape(len(candidates), 2, quarters, QUARTER_WEEKS)
    return np.asarray(weeks.sum(axis=(1, 3)), dtype=np.float64)


def _cell_of_each_quarter(sightings: Ints) -> list[int]:
    """Return the cell that is home in each quarter; none where habits show none."""
    candidates = _candidates(sightings)
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
    roll: Roll, usable: Ints, cells: Ints, sightings: Ints, owners: Sequence[int]
) -> tuple[Home, ...]:
    """Turn the cell of each quarter into homes, each change moved to the day that fits the photos best."""
    days = roll.days[usable]
    changes = [q for q in range(1, len(owners)) if owners[q] != owners[q - 1]]
    bounds = [0]
    for q in changes:
        around = int(days.min()) + q * QUARTER_WEEKS * 7
        before, after = (np.unique(_days_near(sightings, owners[at])[0]) for at in (q - 1, q))
        bounds.append(_moving_day(before, after, around))
    bounds.append(np.iinfo(np.int64).max)
    homes = []
    for index, q in enumerate([0, *changes]):
        first, last = bounds[index], bounds[index + 1] - 1
        near = _near(cells, owners[q])
        inside = near & (days >= first) & (days <= last)
        at = usable[inside] if inside.any() else usable[near]
        homes.append(Home(_middle(roll.latitude[at], roll.longitude[at]), first, last))
    return tuple(homes)


def _near(cells: Ints, cell: int) -> Bools:
    """Mark the points in a cell or next to it."""
    offsets = cells - (cell - _COLUMN)
    near = np.zeros(cells.size, dtype=np.bool_)
    for row in (-_ROW, 0, _ROW):
        near |= (offsets >= row) & (offsets < row + 3 * _COLUMN)
    return near


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
