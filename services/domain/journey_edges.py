"""Where a journey begins and ends among pictures that do not know where they were taken.

A first or last day on which only a camera without GPS was used would be lost to its journey. Between the last
picture at home and the first one away the longest pause is taken for the way there: what was taken after it
belongs to the journey, what was taken before it does not. At the end it is the same.
"""

from __future__ import annotations

import numpy as np

from services.domain.roll import Bools, Floats, Ints, Roll

REACH_SECONDS = 36 * 3600.0
"""The day before the first picture with a place, and the day after the last."""


def with_unlocated(roll: Roll, run: Ints, before: int, after: int) -> Ints:
    """Return the run and the dated pictures without a place that belong to it: within, or at its edges.

    Args:
        roll: The pictures.
        run: Positions of the located pictures of a journey, in order of time.
        before: The position of the located picture before them, −1 where there is none.
        after: The position of that after them; the number of pictures where there is none.
    """
    first, last = int(run[0]), int(run[-1])
    start = float(roll.seconds[before]) if before >= 0 else -np.inf
    end = float(roll.seconds[after]) if after < len(roll) else np.inf
    early, late = _unlocated(roll, before + 1, first), _unlocated(roll, last + 1, after)
    early = early[_belongs(roll, early, first, start)]
    late = late[_belongs(roll, late, last, end)]
    return np.concatenate([early, np.union1d(run, _unlocated(roll, first, last)), late])


def _unlocated(roll: Roll, low: int, high: int) -> Ints:
    """Return the dated pictures without a place from one position up to another."""
    return low + np.flatnonzero(roll.dated[low:high] & ~roll.located[low:high])


def _belongs(roll: Roll, loose: Ints, edge: int, elsewhere: float) -> Bools:
    """Tell which pictures belong to the journey whose outermost located picture is the edge.

    Args:
        roll: The pictures.
        loose: Those without a place outside the edge.
        edge: A position.
        elsewhere: Seconds of the next located picture beyond them; infinite where there is none.
    """
    away = np.abs(roll.seconds[loose] - roll.seconds[edge])
    reach = min(_until_longest_pause(away, abs(elsewhere - float(roll.seconds[edge]))), REACH_SECONDS)
    return np.asarray((away <= reach) | (roll.days[loose] == roll.days[edge]))


def _until_longest_pause(away: Floats, elsewhere: float) -> float:
    """Return where the longest pause begins on the way from 0 over some points to a last one."""
    steps = np.concatenate([[0.0], np.sort(away), [elsewhere]])
    return float(steps[np.argmax(np.diff(steps))])
