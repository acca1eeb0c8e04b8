"""Assets in order of time: all at once, and as they come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.domain.columns import Floats, Ints
from services.domain.library import LibraryAsset

Assets = NDArray[Any]
"""Assets in an array of objects, for whole-array selection."""
Column = NDArray[Any]


def time_order(assets: Sequence[LibraryAsset] | Assets, seconds: Floats) -> Ints:
    """Return the positions of assets in order of capture time, then id; fast where they nearly are.

    Args:
        assets: In any order.
        seconds: float64[n], capture time in seconds since 1970 UTC.
    """
    order = np.argsort(seconds, kind="stable")
    tied = np.flatnonzero(np.diff(seconds[order]) == 0)
    for run in np.split(tied, np.flatnonzero(np.diff(tied) > 1) + 1) if tied.size else ():
        low, high = int(run[0]), int(run[-1]) + 2
        ids = {i: assets[i].id for i in order[low:high].tolist()}
        order[low:high] = sorted(ids, key=ids.__getitem__)
    return order


def capture_seconds(assets: Sequence[LibraryAsset]) -> Floats:
    """Return capture times in seconds since 1970 UTC; float64[n]."""
    return np.array([asset.capture_time.timestamp() for asset in assets], dtype=np.float64)


class TimeTable:
    """Assets in order of time with some columns of facts about each.

    Args:
        empty: An empty column for each name.
    """

    def __init__(self, empty: Mapping[str, Column]) -> None:
        self.assets: Assets = np.zeros(0, dtype=np.object_)
        self.seconds: Floats = np.zeros(0)
        self.columns: dict[str, Column] = dict(empty)

    def __len__(self) -> int:
        return int(self.seconds.size)

    def change(
        self,
        leaving: Sequence[LibraryAsset],
        coming: Sequence[LibraryAsset],
        facts: Mapping[str, Sequence[Any]],
    ) -> None:
        """Take assets out that are there, and put others in.

        Args:
            leaving: As they were put in.
            coming: Whose ids are not there, or leaving.
            facts: A value for each that comes, by the name of the column.
        """
        stay = np.ones(len(self), dtype=np.bool_)
        stay[[self.row(asset) for asset in leaving]] = False
        new = np.empty(len(coming), dtype=np.object_)
        new[:] = coming
        assets = np.concatenate([self.assets[stay], new])
        seconds = np.concatenate([self.seconds[stay], capture_seconds(coming)])
        order = time_order(assets, seconds)
        self.assets, self.seconds = assets[order], seconds[order]
        for name, column in self.columns.items():
            added = np.array(facts[name], dtype=column.dtype)
            self.columns[name] = np.concatenate([column[stay], added])[order]

    def row(self, asset: LibraryAsset) -> int:
        """Return where an asset is that was put in."""
        row = int(np.searchsorted(self.seconds, asset.capture_time.timestamp()))
        while self.assets[row].id != asset.id:
            row += 1
        return row

    def within(self, first: float, last: float) -> slice:
        """Return the rows of a time, both ends included."""
        low = int(np.searchsorted(self.seconds, first, side="left"))
        return slice(low, int(np.searchsorted(self.seconds, last, side="right")))
