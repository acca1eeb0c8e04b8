"""Sessions of a camera, and which of them its numbers accuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from services.domain.chains import REACH, in_order
from services.domain.columns import Bools, Floats, Ints
from services.domain.consent import Scope
from services.domain.sequences import UNNUMBERED, counted_on, in_free_rounds
from services.domain.splice import Along
from services.domain.time_order import Assets, TimeTable

SESSION_SECONDS = 2 * 3600.0
"""A longer step of the clock between two numbers, either way, begins another session."""
AROUND = 6
"""Sessions to either side that are looked at to accuse one."""
ORDERLY = 0.5
"""More than this share of their pictures must be in order: two cameras of one name, mixed, accuse nobody."""
WITNESSES = 3
"""A session of a camera without GPS is compared with other cameras from so many pictures on."""
TELLING = 6.0
"""A step is found by fitting in between alone where it is so many times as long as what it fits into."""


SessionKey = tuple[object, ...]
"""Compares equal for sessions of the very same pictures between the same neighbours."""
_BYTES = np.dtype(np.int64).itemsize


@dataclass(frozen=True, eq=False)
class Session:
    """Pictures that follow each other in number, between which the clock does not leap."""

    camera: int
    """The number of its camera."""
    assets: Assets
    """In order of number."""
    seconds: Floats
    numbers: Ints
    earliest: float
    """Seconds: when the orderly session before it in number ends; −∞ where there is none."""
    latest: float
    """When that after it begins; ∞ where there is none."""
    around: tuple[int, int]
    """The last number of the one and the first of the other; 0 where one is missing."""
    clocked: bool
    """It is a clock that says when its pictures were taken."""
    wrong: bool
    """Its numbers show that this clock is wrong, or it has none."""
    networked: bool
    """Its camera knows places, so that a network sets its clock; or we may not ask."""

    def allows(self, first: float, last: float) -> bool:
        """Tell whether it may have been taken in this time."""
        return self.earliest <= first and last <= self.latest

    def years_off(self) -> float | None:
        """Return the seconds to the same date a year before or after, if one of them alone fits in between.

        The room there must be small beside the step: else chance would do.
        """
        first, last, at = float(self.seconds.min()), float(self.seconds.max()), self.assets[0].capture_time
        steps = []
        for year in (at.year - 1, at.year + 1):
            with suppress(ValueError):  # the 29th of February
                steps.append((at.replace(year=year) - at).total_seconds())
        fitting = [step for step in steps if self.allows(first + step, last + step)]
        if len(fitting) != 1 or abs(fitting[0]) < TELLING * (self.latest - self.earliest):
            return None
        return float(fitting[0])


class CameraRoll:
    """The numbered pictures of one camera; cut into sessions anew whenever they change."""

    def __init__(self, number: int) -> None:
        columns = {"number": np.zeros(0, np.int64), "dated": np.zeros(0, np.bool_)}
        self.table = TimeTable({**columns, "located": np.zeros(0, np.bool_)})
        self._number = number
        self._first_look = Along[np.bool_](REACH)
        self._second_look = Along[np.bool_](REACH)
        self._sessions: dict[SessionKey, Session | None] = {}

    def suspects(self, scopes: frozenset[Scope]) -> dict[SessionKey, Session]:
        """Return the sessions whose time may be wrong: accused by numbers, without a date, without GPS.

        One whose pictures and neighbours are still the same keeps its key.
        """
        networked = Scope.LOCATION not in scopes or bool(self.table.columns["located"].any())
        known, self._sessions = self._sessions, {}
        if not len(self.table):
            return {}
        cut = self._cut()
        accused = cut.accused(wary=not networked)
        asked = accused if networked else accused | (cut.clocked & (cut.sizes >= WITNESSES))
        pictures = self.table.tokens[cut.rows].tobytes()
        which = np.flatnonzero(asked)
        for at, room in zip(which.tolist(), cut.rooms(which), strict=True):
            low, high = int(cut.bounds[at]), int(cut.bounds[at + 1])
            wrong = bool(accused[at])
            key = (pictures[low * _BYTES : high * _BYTES], room, wrong, networked)
            made = known[key] if key in known else self._session(cut, at, room, wrong, networked)
            self._sessions[key] = made
        return {key: session for key, session in self._sessions.items() if session}

    def _cut(self) -> _Cut:
        dated, seconds = self.table.columns["dated"], self.table.seconds
        counted = counted_on(self.table.columns["number"], dated)
        cut = _Cut.of(counted, seconds, dated, self._first_look)
        again = in_free_rounds(counted, dated, *cut.sure(dated))
        return cut if again is counted else _Cut.of(again, seconds, dated, self._second_look)

    def _session(self, cut: _Cut, at: int, room: _Room, wrong: bool, networked: bool) -> Session | None:
        """Return a session; None where a network sets its clock and no program wrote another year."""
        part = slice(int(cut.bounds[at]), int(cut.bounds[at + 1]))
        rows = cut.rows[part]
        session = Session(
            camera=self._number,
            assets=self.table.assets(rows),
            seconds=self.table.seconds[rows],
            numbers=cut.counted[part],
            earliest=room.earliest,
            latest=room.latest,
            around=(room.last, room.first),
            clocked=bool(cut.clocked[at]),
            wrong=wrong,
            networked=networked,
        )
        return None if networked and session.clocked and session.years_off() is None else session


class _Room(NamedTuple):
    """What a session lies between: see `Session`."""

    earliest: float
    latest: float
    last: int
    first: int


@dataclass(frozen=True, eq=False)
class _Cut:
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
    def of(counted: Ints, seconds: Floats, dated: Bools, look: Along[np.bool_]) -> _Cut:
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
        return _Cut(rows, counted[rows], bounds, sizes, starts, ends, clocked, ordered, before, after)

    def rooms(self, which: Ints) -> Iterator[_Room]:
        """Yield what some sessions lie between."""
        before, after = self.before[which], self.after[which]
        bounded = (before >= 0) & (after < self.sizes.size)
        inner = after.clip(max=self.sizes.size - 1)
        earliest = np.where(before >= 0, self.ends[before], -np.inf)
        latest = np.where(after < self.sizes.size, self.starts[inner], np.inf)
        last = np.where(bounded, self.counted[self.bounds[before + 1] - 1], 0)
        first = np.where(bounded, self.counted[self.bounds[inner]], 0)
        return map(_Room._make, zip(*(a.tolist() for a in (earliest, latest, last, first)), strict=True))

    def sure(self, dated: Bools) -> tuple[Bools, Ints]:
        """Tell which rows of the table are in sessions that are in order; and their numbers, ascending."""
        ordered = np.repeat(self.ordered, self.sizes)
        sure = np.zeros(dated.size, dtype=np.bool_)
        sure[self.rows] = ordered
        return sure, self.counted[ordered]

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
