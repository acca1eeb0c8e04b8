"""Where the pictures of a camera are cut into sessions, and which of these its numbers accuse."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from services.domain.chains import in_order
from services.domain.columns import Bools, Floats, Ints
from services.domain.roll_end import NEAR, LastSessions
from services.domain.sequences import SESSION_SECONDS, UNNUMBERED
from services.domain.splice import Along

AROUND = 6
"""Sessions to either side that are looked at to accuse one."""
ORDERLY = 0.5
"""More than this share of their pictures must be in order: two cameras of one name, mixed, accuse nobody."""


class Between(NamedTuple):
    """What a session lies between: see `suspects.Session`."""

    earliest: float
    latest: float
    last: int
    first: int


@dataclass(frozen=True, eq=False)
class SessionCut:
    """Where sessions begin and end in a camera's pictures."""

    rows: Ints
    """Rows of the table in order of number."""
    counted: Ints
    """The number of each, later rounds of the camera going on."""
    bounds: Ints
    """Where each session begins, and the number of pictures."""
    sizes: Ints
    """How many pictures each session has; the arrays from here on are [sessions]."""
    starts: Floats
    """The first second of each."""
    ends: Floats
    clocked: Bools
    ordered: Bools
    """Goes on in time as in number; False without a date."""
    before: Ints
    """The nearest orderly session before each, −1 where there is none."""
    after: Ints
    """The nearest after it; the number of sessions where there is none."""

    @staticmethod
    def of(counted: Ints, seconds: Floats, dated: Bools, look: Along[np.bool_]) -> SessionCut:
        """Cut pictures, given in order of time."""
        rows = np.argsort(counted, kind="stable")
        rows = rows[int(np.searchsorted(counted[rows], UNNUMBERED, side="right")) :]
        times, clock = seconds[rows], dated[rows]
        leaps = (np.abs(np.diff(times)) > SESSION_SECONDS) & clock[1:]
        inner = np.flatnonzero(leaps | (clock[1:] != clock[:-1])) + 1
        bounds = np.concatenate([np.zeros(min(rows.size, 1), np.int64), inner, [rows.size]])
        firsts = bounds[:-1]
        sizes = np.diff(bounds)
        starts, ends = np.minimum.reduceat(times, firsts), np.maximum.reduceat(times, firsts)
        clocked = clock[firsts]
        ordered = clocked.copy()
        ordered[clocked] = _in_order(starts[clocked], ends[clocked], sizes[clocked], look)
        at = np.arange(firsts.size)
        before = np.maximum.accumulate(np.where(ordered, at, -1))
        after = np.minimum.accumulate(np.where(ordered, at, at.size)[::-1])[::-1]
        before = np.concatenate([[-1], before[:-1]])
        after = np.concatenate([after[1:], [at.size]])
        return SessionCut(rows, counted[rows], bounds, sizes, starts, ends, clocked, ordered, before, after)

    def rooms(self, which: Ints) -> Iterator[Between]:
        """Yield what some sessions lie between."""
        before, after = self.before[which], self.after[which]
        bounded = (before >= 0) & (after < self.sizes.size)
        inner = after.clip(max=self.sizes.size - 1)
        earliest = np.where(before >= 0, self.ends[before], -np.inf)
        latest = np.where(after < self.sizes.size, self.starts[inner], np.inf)
        last = np.where(bounded, self.counted[self.bounds[before + 1] - 1], 0)
        first = np.where(bounded, self.counted[self.bounds[inner]], 0)
        return map(Between._make, zip(*(a.tolist() for a in (earliest, latest, last, first)), strict=True))

    def sure(self, dated: Bools) -> tuple[Bools, Ints]:
        """Tell which rows of the table are in sessions that are in order; and their numbers, ascending."""
        ordered = np.repeat(self.ordered, self.sizes)
        sure = np.zeros(dated.size, dtype=np.bool_)
        sure[self.rows] = ordered
        return sure, self.counted[ordered]

    def last_sessions(self, seconds: Floats) -> LastSessions | None:
        """Return the sessions at the end; None where too few before the last orderly one tell of it.

        Args:
            seconds: float64[n] of the table, ascending.
        """
        clocked = np.flatnonzero(self.clocked)
        in_order_there = np.flatnonzero(self.ordered[clocked])
        if in_order_there.size == 0 or in_order_there[-1] < NEAR:
            return None
        last = int(in_order_there[-1])
        near, end = clocked[last - NEAR :], int(self.bounds[clocked[last] + 1])
        follows = end < self.rows.size
        dated = follows and bool(self.clocked[clocked[last] + 1])
        return LastSessions(
            self.starts[near],
            self.ends[near],
            self.sizes[near],
            self.ordered[near],
            last=NEAR,
            number=int(self.counted[end - 1]),
            seconds=float(seconds[self.rows[end - 1]]),
            next_number=float(self.counted[end]) if follows else np.inf,
            next_seconds=float(seconds[self.rows[end]]) if dated else np.inf,
        )

    def accused(self, *, wary: bool) -> Bools:
        """Tell whose numbers say that it was taken at another time, between two that agree.

        Args:
            wary: Accuse nobody whose surroundings look like the pictures of two cameras.
        """
        bounded = (self.before >= 0) & (self.after < self.sizes.size)
        agreeing = np.zeros_like(bounded)
        agreeing[bounded] = self.ends[self.before[bounded]] <= self.starts[self.after[bounded]]
        accused = agreeing & ~self.ordered
        if wary:
            accused &= ~self.clocked | (self._orderly_around() & ~self._numbered_twice())
        return accused

    def _orderly_around(self) -> Bools:
        weights = np.where(self.clocked, self.sizes, 0)
        total = np.concatenate([[0], np.cumsum(weights)])
        right = np.concatenate([[0], np.cumsum(weights * self.ordered)])
        at = np.arange(weights.size)
        low, high = np.maximum(at - AROUND, 0), np.minimum(at + AROUND + 1, weights.size)
        others = total[high] - total[low] - weights
        return np.asarray(right[high] - right[low] - weights * self.ordered > ORDERLY * others)

    def _numbered_twice(self) -> Bools:
        """Tell which sessions have a number that another has too."""
        session = np.repeat(np.arange(self.sizes.size), self.sizes)
        twice = (np.diff(self.counted) == 0) & (np.diff(session) != 0)
        found = np.zeros(self.sizes.size, dtype=np.bool_)
        found[session[:-1][twice]] = found[session[1:][twice]] = True
        return found


def _in_order(starts: Floats, ends: Floats, sizes: Ints, look: Along[np.bool_]) -> Bools:
    """Mark the sessions that are in order, looking again only near those that changed."""
    spans = np.ascontiguousarray(np.stack([starts, ends, sizes.astype(np.float64)], axis=1))
    tokens = spans.view("V24").reshape(-1)
    return look.column(tokens, lambda part: in_order(starts[part], ends[part], sizes[part]))
