"""The pictures of a pool that are worth a closer look, kept up to date as pictures come to the pool.

What a shortlist says of a pool follows from what it says of a part and from the rest: of two slices of time
that become one, the better picture is the best of both.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from services.domain.consent import Scope
from services.domain.roll import Ints, Roll

MAX_CANDIDATES = 120
"""More are thinned to the best of at most as many equal slices of time."""


class Counted(NamedTuple):
    """How much there is."""

    photos: int
    videos: int


class Thinned(NamedTuple):
    """The best pictures of equal slices of time, in order of time."""

    members: Ints
    width: int = 0
    """The binary logarithm of the seconds that a slice lasts; 0 where nothing had to be left out."""


def thin(roll: Roll, members: Ints, limit: int) -> Ints:
    """Return the best of each of at most `limit` equal slices of time, in order of time.

    A slice lasts a power of two of seconds, the shortest that will do, and begins at a multiple of it: so a
    picture more changes its own slice alone.
    """
    return thin_again(roll, Thinned(members), limit).members


def thin_again(roll: Roll, given: Thinned, limit: int) -> Thinned:
    """Thin pictures of which some are the best of their slices already, by slices no shorter than these."""
    members, width = given
    if width == 0 and members.size <= limit:
        return given
    seconds = roll.whole_seconds[members]
    apart = seconds[1:] ^ seconds[:-1]
    if members.size > limit:
        width = max(width, int(np.partition(apart, -limit)[-limit]).bit_length())
    first = np.append(0, np.flatnonzero(apart >> width) + 1)
    merit = roll.merit[members]
    highest = np.repeat(np.maximum.reduceat(merit, first), np.diff(np.append(first, members.size)))
    best = np.flatnonzero(merit == highest)
    return Thinned(members[best[np.searchsorted(best, first)]], width)


@dataclass(frozen=True, eq=False)
class Shortlist:
    """What a story is chosen from, and what is told of its whole pool."""

    candidates: Thinned
    counted: Counted
    """What of the pool may be shown."""
    scopes: frozenset[Scope]
    """Whose data the pool carries."""

    @staticmethod
    def empty() -> Shortlist:
        """Return the shortlist of no pictures."""
        return Shortlist(Thinned(np.zeros(0, dtype=np.int64)), Counted(0, 0), frozenset())

    def and_then(self, roll: Roll, more: Ints, *, photos_only: bool) -> Shortlist:
        """Return the shortlist of a pool to which pictures came that are later than all in it."""
        allowed = more[roll.eligible[more]]
        video = roll.video[allowed]
        photos, videos = self.counted
        filmed = int(np.count_nonzero(video))
        came = allowed[~video] if photos_only else allowed
        members, width = self.candidates
        return Shortlist(
            thin_again(roll, Thinned(np.concatenate([members, came]), width), MAX_CANDIDATES),
            Counted(photos + allowed.size - filmed, videos + filmed),
            self.scopes | roll.scopes_of(more),
        )
