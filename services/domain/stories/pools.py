"""The pictures of somebody or something, and what is told of them, kept up to date as pictures come."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from services.domain.roll import Bools, Ints, Roll

SAME_DAY_SECONDS = 3 * 86_400.0
"""Two moments of one local day, wherever on earth, lie less apart."""
_NONE: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Shown:
    """The pictures of somebody or something, those of clocks that can be believed."""

    pool: Ints
    showable: Ints
    """Those that a story may show."""
    videos: int
    """How many of these are videos."""
    days: int
    """On which these were taken."""
    ends: tuple[int, int] | None
    """The first and the last of these days, as ordinals; None where there is none."""

    @property
    def photos(self) -> int:
        """How many photos a story may show."""
        return self.showable.size - self.videos

    @property
    def first(self) -> date:
        """The first day on which one that may be shown was taken; there must be one."""
        return date.fromordinal((self.ends or (0, 0))[0])

    @property
    def last(self) -> date:
        """The last of these days."""
        return date.fromordinal((self.ends or (0, 0))[1])

    @staticmethod
    def empty() -> Shown:
        """Return what there is of somebody in no picture."""
        return Shown(_NONE, _NONE, 0, 0, None)

    def and_then(self, roll: Roll, believed: Bools, more: Ints) -> Shown:
        """Return what there is with pictures that are later than all in it.

        Args:
            roll: Whose rows the pictures are.
            believed: Whose clocks can be believed; bool[n].
            more: The pictures that come, in order of time.
        """
        pool = more[believed[more]]
        showable = pool[roll.eligible[pool]]
        days = roll.days_of(showable)
        return Shown(
            _joined(self.pool, pool),
            _joined(self.showable, showable),
            self.videos + int(np.count_nonzero(roll.video[showable])),
            self.days + int(np.count_nonzero(~np.isin(days, self._days_near(roll, showable)))),
            self._ends(days),
        )

    def _days_near(self, roll: Roll, showable: Ints) -> Ints:
        """Return the days of the pictures that may be of one day with some that come."""
        if showable.size == 0 or self.showable.size == 0:
            return _NONE
        since = np.searchsorted(roll.seconds, roll.seconds[showable[0]] - SAME_DAY_SECONDS)
        return roll.days[self.showable[np.searchsorted(self.showable, since) :]]

    def _ends(self, days: Ints) -> tuple[int, int] | None:
        if days.size == 0:
            return self.ends
        first, last = int(days[0]), int(days[-1])
        return (min(self.ends[0], first), max(self.ends[1], last)) if self.ends else (first, last)


def _joined(before: Ints, more: Ints) -> Ints:
    return np.concatenate([before, more]) if more.size else before
