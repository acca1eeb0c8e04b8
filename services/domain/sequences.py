"""The order in which each camera took its pictures, as it numbers them in file names."""

from __future__ import annotations

import re

import numpy as np

from services.domain.columns import Bools, Ints
from services.domain.library import LibraryAsset

CameraKey = tuple[str, str, str]
"""Make, model, and the letters before the number."""
ROUND = 10_000
"""Pictures after which cameras begin to count anew."""
TREND = 15
"""Pictures to either side of the end of a round that lie in its last or in its first half."""
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
    late = (numbers[dated] >= ROUND // 2).astype(np.int64)
    sums = np.concatenate([[0], np.cumsum(late)])
    at = np.arange(late.size)
    before = (sums[at] - sums[np.maximum(at - TREND, 0)]) > TREND // 2
    after = (sums[np.minimum(at + TREND, late.size)] - sums[at]) <= TREND // 2
    turns = before & after & (late == 0)
    turns[1:] &= late[:-1] == 1
    rounds = np.concatenate([[0], np.cumsum(_first_of_each_run(turns))])
    return np.asarray(numbers + ROUND * rounds[np.cumsum(dated)])


def in_free_rounds(counted: Ints, dated: Bools, sure: Bools) -> Ints:
    """Put pictures that are not sure of their round into the only one that lacks their number; int64[n].

    Where several have room for it, those without a date become UNNUMBERED and others stay.

    Args:
        counted: int64[n], as `counted_on` returns them.
        dated: bool[n].
        sure: bool[n], whose times rise with these numbers.
    """
    taken = np.unique(counted[sure])
    rounds = int(taken[-1]) // ROUND if taken.size else 0
    unsure = np.flatnonzero(~sure)
    if rounds == 0 or unsure.size == 0:
        return counted
    tried = counted[unsure, None] % ROUND + ROUND * np.arange(rounds + 1)
    free = (tried > taken[0]) & (tried < taken[-1]) & ~np.isin(tried, taken)
    found = tried[np.arange(unsure.size), free.argmax(axis=1)]
    kept = np.where(dated[unsure], counted[unsure], UNNUMBERED)
    result = counted.copy()
    result[unsure] = np.where(free.sum(axis=1) == 1, found, kept)
    return result


def _first_of_each_run(turns: Bools) -> Bools:
    """Keep of turns that lie close to each other only the first: a stray number makes no round."""
    kept, last = np.zeros_like(turns), -2 * TREND
    for i in np.flatnonzero(turns).tolist():
        kept[i] = i - last > 2 * TREND
        last = i if kept[i] else last
    return kept
