"""What all other cameras show at a time, asked for by the pictures of one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from services.domain.columns import UNDATED_SOURCES, Bools, Floats, Ints
from services.domain.library import LibraryAsset
from services.domain.suspects import Session
from services.domain.time_order import Assets, TimeTable

Window = tuple[float, float]
"""A time, from and to, in seconds since 1970 UTC."""


class Witnesses:
    """All pictures in order of time, and whether their clocks are believed."""

    def __init__(self) -> None:
        self._table = TimeTable({name: np.zeros(0, np.bool_) for name in ("believed", "dated", "new_year")})
        self._table.columns["camera"] = np.zeros(0, np.int64)

    def change(
        self, leaving: Sequence[LibraryAsset], coming: Sequence[LibraryAsset], cameras: Sequence[int]
    ) -> None:
        """Take pictures out, and put others in, each with the number of its camera; all are believed."""
        dated = [asset.capture_time_source not in UNDATED_SOURCES for asset in coming]
        facts: dict[str, Sequence[object]] = {
            "believed": dated,
            "dated": dated,
            "new_year": [on_new_year(asset) for asset in coming],
            "camera": cameras,
        }
        self._table.change(leaving, coming, facts)

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
        columns = self._table.columns
        return not bool((columns["dated"][part] & ~columns["new_year"][part]).any())

    def assets(self, rows: Ints) -> Assets:
        """Return the pictures in some rows."""
        return self._table.assets[rows]

    def seconds(self, rows: Ints) -> Floats:
        """Return when they were taken; float64[n]."""
        return self._table.seconds[rows]


def on_new_year(asset: LibraryAsset) -> bool:
    """Tell whether it was taken on a 1 January, when clocks begin that were never set."""
    at = asset.capture_time
    return at.month == 1 and at.day == 1


def touches(windows: Iterable[Window], times: Floats) -> Bools:
    """Tell which windows hold any of some times, in ascending order; bool[windows]."""
    ends = np.array(list(windows), dtype=np.float64).reshape(-1, 2)
    low = np.searchsorted(times, ends[:, 0], side="left")
    return np.asarray(np.searchsorted(times, ends[:, 1], side="right") > low)
