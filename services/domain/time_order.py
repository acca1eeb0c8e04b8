"""Assets in order of time: all at once, and as they come and go."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import compress
from typing import Any

import numpy as np
from numpy.typing import NDArray

from services.domain.columns import Bools, Floats, Ints
from services.domain.identity import AssetId
from services.domain.library import LibraryAsset

Assets = NDArray[Any]
"""Assets in an array of objects, for whole-array selection."""
Column = NDArray[Any]


def time_order(assets: Sequence[LibraryAsset], seconds: Floats) -> Ints:
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

    Columns hold numbers alone: arrays of objects would count a reference of every asset at each change.

    Args:
        empty: An empty column for each name.
    """

    def __init__(self, empty: Mapping[str, Column]) -> None:
        self.seconds: Floats = np.zeros(0)
        self.tokens: Ints = np.zeros(0, dtype=np.int64)
        """The number of each asset, never given twice."""
        self.columns: dict[str, Column] = dict(empty)
        self._assets: dict[int, LibraryAsset] = {}

    def __len__(self) -> int:
        return int(self.seconds.size)

    def change(self, leaving: Sequence[LibraryAsset], coming: Coming) -> None:
        """Take assets out that are there, and put others in, whose ids are not there or leaving."""
        if leaving:
            stay = np.ones(len(self), dtype=np.bool_)
            stay[[self.row(asset) for asset in leaving]] = False
            for token in self.tokens[~stay].tolist():
                del self._assets[token]
            self.seconds, self.tokens = self.seconds[stay], self.tokens[stay]
            self.columns = {name: column[stay] for name, column in self.columns.items()}
        at = self._places(coming)
        self.seconds = np.insert(self.seconds, at, coming.seconds)
        self.tokens = np.insert(self.tokens, at, coming.tokens)
        for name, column in self.columns.items():
            self.columns[name] = np.insert(column, at, coming.facts[name])
        self._assets.update(zip(coming.tokens.tolist(), coming.assets, strict=True))

    def assets(self, rows: Ints | slice) -> Assets:
        """Return the assets in some rows."""
        tokens = self.tokens[rows].tolist()
        return np.fromiter(map(self._assets.__getitem__, tokens), dtype=np.object_, count=len(tokens))

    def row(self, asset: LibraryAsset) -> int:
        """Return where an asset is that was put in."""
        return self._place(asset, asset.capture_time.timestamp())

    def within(self, first: float, last: float) -> slice:
        """Return the rows of a time, both ends included."""
        low = int(np.searchsorted(self.seconds, first, side="left"))
        return slice(low, int(np.searchsorted(self.seconds, last, side="right")))

    def _places(self, coming: Coming) -> Ints:
        if not len(self):
            return np.zeros(len(coming.assets), dtype=np.int64)
        found = map(self._place, coming.assets, coming.seconds.tolist())
        return np.fromiter(found, dtype=np.int64, count=len(coming.assets))

    def _place(self, asset: LibraryAsset, seconds: float) -> int:
        """Return the row before which an asset belongs, its own where it is there."""
        row = int(np.searchsorted(self.seconds, seconds))
        while row < len(self) and self.seconds[row] == seconds and self._id(row) < asset.id:
            row += 1
        return row

    def _id(self, row: int) -> AssetId:
        return self._assets[int(self.tokens[row])].id


@dataclass(frozen=True, eq=False)
class Coming:
    """Assets that are put into tables, in order of time."""

    assets: Sequence[LibraryAsset]
    seconds: Floats
    tokens: Ints
    facts: Mapping[str, Column]
    """A value for each, by the name of the column."""

    def only(self, some: Bools) -> Coming:
        """Return those that are marked."""
        facts = {name: column[some] for name, column in self.facts.items()}
        assets = list(compress(self.assets, some.tolist()))
        return Coming(assets, self.seconds[some], self.tokens[some], facts)
