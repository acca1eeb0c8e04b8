"""The order in which each camera took its pictures, as it numbers them in file names."""

from __future__ import annotations

import re

import numpy as np

from services.domain.columns import Bools, Floats, Ints
from services.domain.library import LibraryAsset

CameraKey = tuple[str, str, str]
"""Make, model, and the letters before the number."""
ROUND = 10_000
"""Pictures after which cameras begin to count anew."""
TREND = 15
"""Pictures to either side of the end of a round that lie in its last or in its first half."""
FAR_CLOSER = 6
"""Times."""
SESSION_SECONDS = 2 * 3600.0
"""A longer step of the clock between two numbers, either way, begins another session."""
UNNUMBERED = -1

_NUMBERED = re.compile(r"([A-Za-z]+[-_]?)(\d{4})(?:[-_ (~][^.]*)?\.\w+", re.ASCII)
"""IMG_1234.HEIC, DSC_0001.JPG, DSCN0815 (2).JPG: letters that stay, then the number; no dates."""


def numbered(asset: LibraryAsset) -> tuple[CameraKey, int] | None:
    """Return the camera of a picture and the number it gave; None where either is unknown."""
    camera = asset.camera
    if not camera.model or (name := _NUMBERED.fullmatch(asset.filename)) is None:
        return None
    return (camera.make, camera.model, name[1]), int(name[2])


def counted_on(numbers: Ints, dated: Bools) -> Ints:
    """Return numbers that go on where the camera begins to count anew; int64[n].

    Args:
        numbers: int64[n] of one camera, in order of time.
        dated: bool[n], whether it is a clock that says when.
    """
    clocked = np.flatnonzero(dated)
    late = numbers[clocked] >= ROUND // 2
    turns: list[int] = []
    last = -2 * TREND
    for at in (np.flatnonzero(late[:-1] & ~late[1:]) + 1).tolist():
        ends = int(late[max(at - TREND, 0) : at].sum()) > TREND // 2
        begins = int(late[at : at + TREND].sum()) <= TREND // 2
        # A stray number makes no round: of turns close to each other the first counts.
        if ends and begins and at - last > 2 * TREND:
            turns.append(at)
            last = at
    rounds = np.zeros(numbers.size, dtype=np.int64)
    rounds[clocked[turns]] = ROUND
    return numbers + np.cumsum(rounds)


def in_free_rounds(counted: Ints, dated: Bools, sure: Bools, taken: Ints) -> Ints:
    """Put pictures that are not sure of their round into the one that lacks their number; int64[n].

    Of several that do, it is the one whose neighbours in number are by far the closest: what lies between
    those was deleted, what lies between others was never there. Where none is, pictures without a date become
    UNNUMBERED and others stay.

    Args:
        counted: int64[n], as `counted_on` returns them.
        dated: bool[n].
        sure: bool[n], whose times rise with these numbers.
        taken: Their numbers, ascending.
    """
    rounds = int(taken[-1]) // ROUND if taken.size else 0
    unsure = np.flatnonzero(~sure)
    if rounds == 0 or unsure.size == 0:
        return counted
    tried = counted[unsure, None] % ROUND + ROUND * np.arange(rounds + 1)
    gaps = _gaps(tried, taken)
    found = tried[np.arange(unsure.size), gaps.argmin(axis=1)]
    closest, second = np.sort(gaps, axis=1)[:, :2].T
    clear = np.isfinite(closest) & (FAR_CLOSER * closest <= second)
    kept = np.where(dated[unsure], counted[unsure], UNNUMBERED)
    result = counted.copy()
    result[unsure] = np.where(clear, found, kept)
    return result


def _gaps(tried: Ints, taken: Ints) -> Floats:
    """Return the distance of the neighbours in number that each would have, infinite where it has no room."""
    above = np.searchsorted(taken, tried)
    upper, lower = taken[above.clip(max=taken.size - 1)], taken[(above - 1).clip(min=0)]
    free = (tried > taken[0]) & (tried < taken[-1]) & (upper != tried)
    return np.where(free, upper - lower, np.inf)
