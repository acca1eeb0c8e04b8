"""Sessions whose clock must be wrong, by the numbers of their pictures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from services.domain.columns import Bools, Floats, Ints
from services.domain.sequences import CameraRoll, in_order

AROUND = 10
"""Pictures to either side in number, or as many as a session has, that are looked at to accuse it."""
ORDERLY = 0.8
"""Share of these whose times must be in order: two cameras of one name, mixed, accuse nobody."""


@dataclass(frozen=True, eq=False)
class Session:
    """Pictures that follow each other in number, between which the clock does not leap."""

    members: Ints
    """Positions of its pictures, in order of number."""
    numbers: Ints
    earliest: float
    """Seconds: the time of the believed picture before it in number; −∞ where there is none."""
    latest: float
    """The same of the picture after it; ∞ where there is none."""
    around: tuple[int, int]
    """The numbers of these two; 0 where one is missing."""
    wrong: bool
    """Its numbers show that its clock is wrong, or it has none."""

    def allows(self, first: float, last: float) -> bool:
        """Tell whether it may have been taken in this time."""
        return self.earliest <= first and last <= self.latest


def sessions(roll: CameraRoll, seconds: Floats, dated: Bools) -> Iterator[Session]:
    """Yield the sessions of a camera, each beside the believed pictures before and after it."""
    clocked = dated[roll.members]
    ordered = np.zeros(clocked.size, dtype=np.bool_)
    ordered[clocked] = in_order(seconds[roll.members[clocked]].tolist())
    times, at_all = seconds[roll.members], np.arange(clocked.size)
    before = np.maximum.accumulate(np.where(ordered, at_all, -1))
    after = np.minimum.accumulate(np.where(ordered, at_all, clocked.size)[::-1])[::-1]
    for at in roll.sessions(seconds, dated):
        previous = int(before[at[0] - 1]) if at[0] else -1
        following = int(after[at[-1] + 1]) if at[-1] + 1 < clocked.size else clocked.size
        bounded = previous >= 0 and following < clocked.size
        stray = bounded and float(ordered[at].mean()) <= 1 - ORDERLY
        yield Session(
            members=roll.members[at],
            numbers=roll.numbers[at],
            earliest=float(times[previous]) if previous >= 0 else -np.inf,
            latest=float(times[following]) if following < clocked.size else np.inf,
            around=(int(roll.numbers[previous]), int(roll.numbers[following])) if bounded else (0, 0),
            wrong=stray and _orderly_around(ordered, clocked, at),
        )


def _orderly_around(ordered: Bools, clocked: Bools, at: Ints) -> bool:
    """Tell whether the pictures around a session are in order, but for the few that are wrong themselves."""
    reach = max(AROUND, at.size)
    near = np.r_[max(int(at[0]) - reach, 0) : at[0], at[-1] + 1 : at[-1] + 1 + reach]
    near = near[near < ordered.size]
    judged = ordered[near[clocked[near]]]
    return bool(judged.size) and float(judged.mean()) >= ORDERLY
