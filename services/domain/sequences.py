"""The order in which each camera took its pictures, as it numbers them in file names."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.columns import Bools, Floats, Ints
from services.domain.library import LibraryAsset

ROUND = 10_000
"""Pictures after which cameras begin to count anew."""
TREND = 15
"""Pictures to either side of the end of a round that lie in its last or in its first half."""
SESSION_SECONDS = 2 * 3600.0
"""A longer step of the clock between two numbers, either way, begins another session."""

_NUMBERED = re.compile(r"([A-Za-z]+[-_]?)(\d{4})(?:[-_ (~][^.]*)?\.\w+", re.ASCII)
"""IMG_1234.HEIC, DSC_0001.JPG, DSCN0815 (2).JPG: letters that stay, then the number; no dates."""


@dataclass(frozen=True, eq=False)
class CameraRoll:
    """The pictures of one camera in the order of their numbers."""

    members: Ints
    """Positions in the caller's list."""
    numbers: Ints
    """The numbers in file names, ascending; those of later rounds are larger by ROUND each."""

    def sessions(self, seconds: Floats, dated: Bools) -> list[Ints]:
        """Cut into sessions, in which the clock does not leap; positions in `members`.

        Pictures without a date are sessions of their own, as many together as follow each other.
        """
        clocked = dated[self.members]
        leaps = (np.abs(np.diff(seconds[self.members])) > SESSION_SECONDS) & clocked[1:]
        ends = leaps | (clocked[1:] != clocked[:-1])
        return np.split(np.arange(self.members.size), np.flatnonzero(ends) + 1)


def camera_rolls(assets: Sequence[LibraryAsset], seconds: Floats, dated: Bools) -> Iterator[CameraRoll]:
    """Yield the numbered pictures of every camera; those of unnamed cameras have no order.

    Args:
        assets: In order of time.
        seconds: float64[n], what their clocks say.
        dated: bool[n], whether it is a clock that says so.
    """
    found: dict[tuple[str, str, str], list[tuple[int, int]]] = defaultdict(list)
    for i, asset in enumerate(assets):
        if asset.camera.model and (name := _NUMBERED.fullmatch(asset.filename)):
            found[asset.camera.make, asset.camera.model, name[1]].append((i, int(name[2])))
    for pictures in found.values():
        members, numbers = np.array(pictures, dtype=np.int64).T
        counted = numbers + ROUND * _rounds(members, numbers, dated)
        order = np.lexsort((seconds[members], counted))
        yield CameraRoll(members[order], counted[order])


def _rounds(members: Ints, numbers: Ints, dated: Bools) -> Ints:
    """Return how often the camera had begun to count anew before each picture, given in order of time."""
    clocked = dated[members]
    late = (numbers[clocked] >= ROUND // 2).astype(np.int64)
    sums = np.concatenate([[0], np.cumsum(late)])
    at = np.arange(late.size)
    before = (sums[at] - sums[np.maximum(at - TREND, 0)]) > TREND // 2
    after = (sums[np.minimum(at + TREND, late.size)] - sums[at]) <= TREND // 2
    turns = before & after & (late == 0)
    turns[1:] &= late[:-1] == 1
    rounds = np.cumsum(_first_of_each_run(turns))
    passed = np.cumsum(clocked) - 1
    return np.asarray(np.where(passed >= 0, rounds[np.maximum(passed, 0)], 0) if rounds.size else passed * 0)


def _first_of_each_run(turns: Bools) -> Bools:
    """Keep of turns that lie close to each other only the first: a stray number makes no round."""
    kept, last = np.zeros_like(turns), -2 * TREND
    for i in np.flatnonzero(turns).tolist():
        kept[i] = i - last > 2 * TREND
        last = i if kept[i] else last
    return kept


def in_order(times: Sequence[float]) -> Bools:
    """Mark the longest choice of times that never goes back; bool[n]. Time O(n log n)."""
    ends: list[float] = []
    last: list[int] = []
    before = [-1] * len(times)
    for i, time in enumerate(times):
        at = bisect_right(ends, time)
        before[i] = last[at - 1] if at else -1
        ends[at : at + 1] = [time]
        last[at : at + 1] = [i]
    chosen = np.zeros(len(times), dtype=np.bool_)
    i = last[-1] if last else -1
    while i >= 0:
        chosen[i] = True
        i = before[i]
    return chosen
