"""Where an owner was on which day: sightings, packed into integers, of which a whole life is sorted fast.

A sighting is a cell of a grid, a day, and whether it was evening. The grid's cells are nearly square.
"""

from __future__ import annotations

import numpy as np

from services.domain.roll import Bools, Floats, Ints, Roll

CELL_DEGREES = 0.01
"""About 1.1 km: a neighbourhood, wide enough for the scatter of a phone's GPS indoors."""
CANDIDATES = 40
"""Cells with the most days that are looked at; homes are far ahead of the rest."""
EVENING, MORNING = 19, 8
"""Between these local hours people are rather at home than at work."""
_ROW, _COLUMN, _DAY = 1 << 40, 1 << 24, 1 << 1
"""Weights of what a sighting packs into one integer: row and column of the cell, day, evening."""
_MIDDLE = 1 << 15
"""Makes columns positive."""


def cells_of(latitude: Floats, longitude: Floats) -> Ints:
    """Return the cell of each point on a grid of nearly square cells: _ROW · row + _COLUMN · column."""
    rows = np.floor(latitude / CELL_DEGREES)
    width = CELL_DEGREES / np.maximum(np.cos(np.radians(rows * CELL_DEGREES)), 0.01)
    columns = np.floor(longitude / width) + _MIDDLE
    return rows.astype(np.int64) * _ROW + columns.astype(np.int64) * _COLUMN


def middles(sightings: Ints) -> tuple[Floats, Floats]:
    """Return latitude and longitude (degrees) of the middles of the cells of sightings, or of cells."""
    rows, columns = sightings // _ROW, sightings % _ROW // _COLUMN - _MIDDLE
    width = CELL_DEGREES / np.maximum(np.cos(np.radians(rows * CELL_DEGREES)), 0.01)
    return np.asarray((rows + 0.5) * CELL_DEGREES), np.asarray((columns + 0.5) * width)


def pack(roll: Roll, usable: Ints) -> Ints:
    """Return where the owner was on which day, by day or in the evening, for each picture."""
    cells = cells_of(roll.latitude[usable], roll.longitude[usable])
    hours = roll.hours[usable]
    evening = (hours >= EVENING) | (hours < MORNING)
    return np.asarray(cells + roll.days[usable] * _DAY + evening)


def distinct(packed: Ints) -> Ints:
    """Return each sighting once, ascending; most are the same as the one before."""
    packed = np.sort(packed[np.append(True, np.diff(packed) != 0)])
    return np.asarray(packed[np.append(True, np.diff(packed) != 0)])


def days_of(sightings: Ints) -> Ints:
    """Return the day of each sighting, as its ordinal."""
    return np.asarray(sightings % _COLUMN // _DAY)


def days_near(sightings: Ints, cell: int) -> tuple[Ints, Ints]:
    """Return the days on which a cell or one next to it was seen, and those with an evening."""
    rows = [cell - _ROW, cell, cell + _ROW]
    bounds = np.searchsorted(sightings, [(row - _COLUMN, row + 2 * _COLUMN) for row in rows])
    near = np.concatenate([sightings[low:high] for low, high in bounds.tolist()]) % _COLUMN
    return near // _DAY, near[near % _DAY == 1] // _DAY


def candidate_cells(sightings: Ints) -> list[int]:
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


def near_cell(sightings: Ints, cell: int) -> Bools:
    """Mark the sightings in a cell or next to it."""
    offsets = sightings - (cell - _COLUMN)
    near = np.zeros(sightings.size, dtype=np.bool_)
    for row in (-_ROW, 0, _ROW):
        near |= (offsets >= row) & (offsets < row + 3 * _COLUMN)
    return near
