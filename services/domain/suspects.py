"""The sessions of a camera whose time may be wrong."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass

import numpy as np

from services.domain.chains import REACH
from services.domain.columns import Floats, Ints
from services.domain.consent import Scope
from services.domain.library import LibraryAsset
from services.domain.roll_end import RollEnd
from services.domain.sequences import counted_on, in_free_rounds
from services.domain.session_cut import Between, SessionCut
from services.domain.splice import Along
from services.domain.time_order import Assets, Coming, TimeTable

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
    """The numbered pictures of one camera, cut into sessions anew where a change may tell of others."""

    def __init__(self, number: int) -> None:
        columns = {"number": np.zeros(0, np.int64), "dated": np.zeros(0, np.bool_)}
        self.table = TimeTable({**columns, "located": np.zeros(0, np.bool_)})
        self._number = number
        self._first_look = Along[np.bool_](REACH)
        self._second_look = Along[np.bool_](REACH)
        self._sessions: dict[SessionKey, Session | None] = {}
        self._end: RollEnd | None = None
        """Behind which pictures may come that change no session known; None where any may."""

    def change(self, leaving: Sequence[LibraryAsset], coming: Coming) -> None:
        """Take pictures out that are there, and put others in, whose ids are not there or leaving."""
        self._end = self._end.and_then(coming) if self._end and not leaving else None
        self.table.change(leaving, coming)

    def suspects(self, scopes: frozenset[Scope]) -> dict[SessionKey, Session]:
        """Return the sessions whose time may be wrong: accused by numbers, without a date, without GPS.

        One whose pictures and neighbours are still the same keeps its key.
        """
        if self._end is None:
            self._look_again(scopes)
        return {key: session for key, session in self._sessions.items() if session}

    def _look_again(self, scopes: frozenset[Scope]) -> None:
        networked = Scope.LOCATION not in scopes or bool(self.table.columns["located"].any())
        known, self._sessions = self._sessions, {}
        if not len(self.table):
            return
        cut = self._cut(networked)
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

    def _cut(self, networked: bool) -> SessionCut:
        facts, seconds = self.table.columns, self.table.seconds
        counted = counted_on(facts["number"], facts["dated"])
        first = cut = SessionCut.of(counted, seconds, facts["dated"], self._first_look)
        sure, taken = first.sure(facts["dated"])
        again = in_free_rounds(counted, facts["dated"], sure, taken)
        if again is not counted:
            cut = SessionCut.of(again, seconds, facts["dated"], self._second_look)
        ends = first.last_sessions(seconds), cut.last_sessions(seconds)
        # Where no network sets the clock, the latest session is asked about, and every picture changes it.
        if networked and ends[0] and ends[1] and ends[0].number == ends[1].number:
            self._end = RollEnd.of(seconds, facts, counted, sure, (ends[0], ends[1]))
        return cut

    def _session(
        self, cut: SessionCut, at: int, room: Between, wrong: bool, networked: bool
    ) -> Session | None:
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
