"""Pictures that do not know where they were taken borrow the place of their event."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from services.domain.roll import Ints
from services.domain.timeline import Stretches

_CODES = 2**24
"""More places than anybody has been to."""


class PlaceLender:
    """Lends places, and keeps which tokens it gave for the next roll."""

    def __init__(self) -> None:
        self._keys = np.zeros(0, dtype=np.int64)
        self._tokens = np.zeros(0, dtype=np.int64)
        self._next = -1

    def lend(self, events: Stretches) -> Stretches:
        """Return events whose pictures without a named place have that of the one nearest in time in theirs.

        Coordinates are not lent: how far from home a picture was taken is said of those alone that know. What
        is lent becomes part of a picture's content: such rows get tokens of their own.
        """
        roll = events.roll
        rows, codes = _loans(events)
        places, tokens = roll.place_code.copy(), roll.tokens.copy()
        places[rows] = codes
        tokens[rows] = self._tokens_of(roll.tokens[rows] * _CODES + codes)
        return replace(events, roll=roll.with_places(places, tokens))

    def _tokens_of(self, keys: Ints) -> Ints:
        """Return a negative number for each key, the same as last time, and else never given before."""
        at = np.searchsorted(self._keys, keys).clip(max=max(self._keys.size - 1, 0))
        known = self._keys[at] == keys if self._keys.size else np.zeros(keys.size, dtype=np.bool_)
        tokens = self._next - np.arange(keys.size)
        tokens[known] = self._tokens[at[known]]
        self._next -= keys.size
        order = np.argsort(keys, kind="stable")
        self._keys, self._tokens = keys[order], tokens[order]
        return tokens


def _loans(events: Stretches) -> tuple[Ints, Ints]:
    """Return the rows that borrow a place, and which."""
    members, roll = events.members, events.roll
    codes, seconds = roll.place_code[members], roll.seconds[members]
    event = np.repeat(np.arange(len(events)), np.diff(events.bounds))
    lenders, borrowers = np.flatnonzero(codes >= 0), np.flatnonzero(codes < 0)
    if lenders.size == 0 or borrowers.size == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    at = np.searchsorted(lenders, borrowers)
    before, after = lenders[np.maximum(at - 1, 0)], lenders[np.minimum(at, lenders.size - 1)]
    pauses = []
    for lender in (before, after):
        same = event[lender] == event[borrowers]
        pauses.append(np.where(same, np.abs(seconds[lender] - seconds[borrowers]), np.inf))
    nearest = np.where(pauses[0] <= pauses[1], before, after)
    found = np.isfinite(np.minimum(*pauses))
    return members[borrowers[found]], codes[nearest[found]]
