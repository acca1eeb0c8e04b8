"""What all other cameras show at a time, asked for by the pictures of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np

from services.domain.columns import Bools, Floats, Ints
from services.domain.library import LibraryAsset
from services.domain.suspects import Session
from services.domain.time_order import Assets, Coming, TimeTable

Window = tuple[float, float]
"""A time, from and to, in seconds since 1970 UTC."""


class Witnesses:
    """All pictures in order of time, and whether their clocks are believed."""

    def __init__(self) -> None:
        flags = {name: np.zeros(0, np.bool_) for name in ("believed", "dated")}
        self._table = TimeTable({**flags, "camera": np.zeros(0, np.int64)})

    def change(self, leaving: Sequence[LibraryAsset], coming: Coming) -> None:
        """Take pictures out, and put others in; they are believed if a clock dates them."""
        facts = {**coming.facts, "believed": coming.facts["dated"]}
        self._table.change(leaving, replace(coming, facts=facts))

    def believe(self, assets: Iterable[LibraryAsset], believed: bool) -> None:
        """Believe the clocks of some pictures, or believe them no longer."""
        rows = [self._table.row(asset) for asset in assets]
        self._table.columns["believed"][rows] = believed & self._table.columns["dated"][rows]

    def asked_by(self, session: Session) -> Asking:
        """Let a session ask."""
        return Asking(self._table, session.camera)


class Asking:
    """Asks for what others show, and remembers at which times: the answers depend on nothing else."""

    def __init__(self, table: TimeTable, camera: int) -> None:
        self._table = table
        self._camera = camera
        self.windows: list[Window] = []

    def between(self, first: float, last: float) -> Ints:
        """Return the rows of believed pictures of other cameras."""
        self.windows.append((first, last))
        part = self._table.within(first, last)
        columns = self._table.columns
        others = columns["believed"][part] & (columns["camera"][part] != self._camera)
        return np.asarray(part.start + np.flatnonzero(others))

    def alone(self, first: float, last: float) -> bool:
        """Tell whether no clock of any camera shows this time, but for those that show a New Year's Day."""
        self.windows.append((first, last))
        part = self._table.within(first, last)
        dated = part.start + np.flatnonzero(self._table.columns["dated"][part])
        return all(map(on_new_year, self._table.assets(dated)))

    def assets(self, rows: Ints) -> Assets:
        """Return the pictures in some rows."""
        return self._table.assets(rows)

    def seconds(self, rows: Ints) -> Floats:
        """Return when they were taken; float64[n]."""
        return self._table.seconds[rows]


def on_new_year(asset: LibraryAsset) -> bool:
    """Tell whether it was taken on a 1 January, when clocks begin that were never set."""
    at = asset.capture_time
    return at.month == 1 and at.day == 1


def touches(windows: Floats, times: Floats) -> Bools:
    """Tell which windows (float64[windows, 2]) hold any of some times, in ascending order; bool[windows]."""
    low = np.searchsorted(times, windows[:, 0], side="left")
    return np.asarray(np.searchsorted(times, windows[:, 1], side="right") > low)
