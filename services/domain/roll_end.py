"""The end of a camera's roll: where a picture after all others leaves what numbers say of these as it is.

Such a picture is later than all, and its number follows the highest of those that are in order; it goes on
with the session of that one or begins another. Nothing is told otherwise of the pictures before, as long as

- the same sessions are in order as before, which is looked at near the end alone (`chains.REACH`);
- the camera does not seem to have begun to count anew lately, which the picture could confirm or refute;
- no picture that is not sure of its round gets room for its number between that highest one and the new one;
- the numbers above it, which are not in order, are still above it: nobody accuses them, for nothing orderly
  lies behind them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from services.domain.chains import REACH, in_order
from services.domain.columns import Bools, Floats, Ints
from services.domain.sequences import ROUND, SESSION_SECONDS, TREND
from services.domain.time_order import Coming

NEAR = 3 * REACH
"""Sessions before the last orderly one by which those around it are judged; fewer are soon looked at anew."""


@dataclass(frozen=True, slots=True)
class LastSessions:
    """The sessions with a date at the end of a camera's numbers; the arrays are [sessions]."""

    starts: Floats
    """Seconds."""
    ends: Floats
    sizes: Ints
    ordered: Bools
    last: int
    """The position of the last one that is in order."""
    number: int
    """The number of its last picture, rounds counted on."""
    seconds: float
    """The time of that picture."""
    next_number: float
    """The number of the picture that follows; ∞ where none does."""
    next_seconds: float
    """The time of that picture; ∞ where it has no date."""

    def and_then(self, seconds: float, number: int) -> LastSessions | None:
        """Return the sessions with a picture later than all; None where that may change other sessions."""
        apart = abs(self.next_seconds - seconds) > SESSION_SECONDS
        if not (self.number < number < self.next_number and apart):
            return None
        goes_on = abs(seconds - self.seconds) <= SESSION_SECONDS
        longer = self._longer(seconds) if goes_on else self._one_more(seconds)
        found = in_order(longer.starts, longer.ends, longer.sizes)
        same = np.array_equal(found[REACH:], longer.ordered[REACH:])
        return replace(longer, number=number, seconds=seconds) if same else None

    def _longer(self, seconds: float) -> LastSessions:
        ends, sizes = self.ends.copy(), self.sizes.copy()
        ends[self.last] = seconds
        sizes[self.last] += 1
        return replace(self, ends=ends, sizes=sizes)

    def _one_more(self, seconds: float) -> LastSessions:
        at = self.last + 1
        return replace(
            self,
            starts=np.insert(self.starts, at, seconds)[1:],
            ends=np.insert(self.ends, at, seconds)[1:],
            sizes=np.insert(self.sizes, at, 1)[1:],
            ordered=np.insert(self.ordered, at, True)[1:],
        )


@dataclass(frozen=True, slots=True)
class RollEnd:
    """What decides whether a picture after all others changes what is known of these."""

    seconds: float
    """The latest time of all."""
    offset: int
    """What is added to the number of a picture that comes now."""
    unturned: int
    """How many pictures with a date there are since the camera last seemed to count anew."""
    late: bool
    """The last of these has a number in the second half of a round."""
    unsure: Ints
    """The numbers, without their rounds, of the pictures that are not sure of theirs; ascending."""
    sessions: tuple[LastSessions, LastSessions]
    """As they are before pictures are put into free rounds, and afterwards; both end with one picture."""

    @staticmethod
    def of(
        seconds: Floats,
        facts: Mapping[str, Ints | Bools],
        counted: Ints,
        sure: Bools,
        sessions: tuple[LastSessions, LastSessions],
    ) -> RollEnd:
        """Describe the end of a roll.

        Args:
            seconds: float64[n], ascending.
            facts: The "number" of each picture, and whether it is "dated".
            counted: int64[n], the numbers counted on.
            sure: bool[n], which are in order by these.
            sessions: See the class.
        """
        numbers, dated = facts["number"], facts["dated"]
        late = numbers[dated] >= ROUND // 2
        turns = np.flatnonzero(late[:-1] & ~late[1:]) + 1
        return RollEnd(
            seconds=float(seconds[-1]),
            offset=int(counted[-1] - numbers[-1]),
            unturned=int(late.size - turns[-1]) if turns.size else late.size + TREND,
            late=bool(late[-1]),
            unsure=np.sort(counted[~sure] % ROUND),
            sessions=sessions,
        )

    def and_then(self, coming: Coming) -> RollEnd | None:
        """Return the end after pictures that come; None where they may change what is known of others.

        Args:
            coming: Pictures of the camera, in order of time.
        """
        end: RollEnd | None = self
        facts = coming.facts["number"].tolist(), coming.facts["dated"].tolist()
        for seconds, number, dated in zip(coming.seconds.tolist(), *facts, strict=True):
            end = end._with(seconds, number) if end and dated else None
        return end

    def _with(self, seconds: float, number: int) -> RollEnd | None:
        counted, late = number + self.offset, number >= ROUND // 2
        turning = self.unturned < TREND or (self.late and not late)
        if seconds <= self.seconds or turning or self._has_room_below(counted):
            return None
        first, second = (sessions.and_then(seconds, counted) for sessions in self.sessions)
        if first is None or second is None:
            return None
        longer = self.unturned + 1
        return replace(self, seconds=seconds, unturned=longer, late=late, sessions=(first, second))

    def _has_room_below(self, counted: int) -> bool:
        """Tell whether a picture not sure of its round may be between the highest number and a new one."""
        highest = self.sessions[0].number
        if counted // ROUND != highest // ROUND:
            return True
        first = np.searchsorted(self.unsure, highest % ROUND, side="right")
        return bool(first < np.searchsorted(self.unsure, counted % ROUND))
