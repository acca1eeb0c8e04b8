"""Who is seen with whom: two people in the same pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.identity import PersonId
from services.domain.roll import Ints, Roll

MOST_PEOPLE = 24
"""People who are looked at: the named before the others, then those seen most. Bounds the pairs at 276."""
LEAST = 3
"""Pictures that two people must share to be a pair."""
_NONE: Ints = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, eq=False)
class Pair:
    """Two people who are in the same pictures."""

    people: tuple[PersonId, PersonId]
    """By name, then by id."""
    members: Ints
    """The assets that show both, positions in the roll, ascending."""

    @property
    def key(self) -> str:
        """What makes these two this pair, whatever they are called."""
        return "+".join(sorted(self.people))


class PairFinder:
    """Finds pairs, and keeps in which pictures they are for the next roll."""

    def __init__(self) -> None:
        self._people: list[PersonId] = []
        self._members: dict[tuple[int, int], Ints] = {}

    def find(self, roll: Roll, head: int = 0) -> tuple[Pair, ...]:
        """Return all pairs among the people who matter most, in an order that the library alone decides.

        Hidden people are in none. A pair that is in no picture that came or went has the very same array.

        Args:
            roll: The pictures.
            head: So many rows at its beginning are as they were in the roll before.
        """
        people = _foremost(roll)
        if people != self._people:
            self._people, self._members, head = people, {}, 0
        later = _shared(roll, people, head)
        for pair in self._members.keys() | later.keys():
            before = self._members.get(pair, _NONE)
            stay = before[: np.searchsorted(before, head)]
            if pair in later or stay.size < before.size:
                self._members[pair] = np.concatenate([stay, later.get(pair, _NONE)])
        return tuple(
            Pair((people[one], people[other]), members)
            for (one, other), members in sorted(self._members.items(), key=_first)
            if members.size >= LEAST
        )


def find_pairs(roll: Roll) -> tuple[Pair, ...]:
    """Find the pairs in one roll."""
    return PairFinder().find(roll)


def _shared(roll: Roll, people: Sequence[PersonId], head: int) -> dict[tuple[int, int], Ints]:
    """Return the pictures from a row on that show two people, by the positions of these.

    Takes a byte of memory for each such picture and person.
    """
    rows = roll.seen.rows[np.searchsorted(roll.seen.rows, head) :]
    crowded = np.zeros(len(roll) - head, dtype=np.bool_)
    crowded[rows[1:][np.diff(rows) == 0] - head] = True
    several = np.flatnonzero(crowded)
    column = np.full(crowded.size, several.size, dtype=np.int64)
    column[several] = np.arange(several.size)
    present = np.zeros((len(people), several.size + 1), dtype=np.bool_)
    for row, person in enumerate(people):
        members = roll.person_members[person]
        present[row, column[members[np.searchsorted(members, head) :] - head]] = True
    present = present[:, :-1]
    together = present.astype(np.float32)
    pairs = np.argwhere(np.triu(together @ together.T, 1)).tolist()
    return {(one, other): head + several[present[one] & present[other]] for one, other in pairs}


def _first(item: tuple[tuple[int, int], Ints]) -> tuple[int, int]:
    return item[0]


def _foremost(roll: Roll) -> list[PersonId]:
    known = roll.library.people
    seen = {p: members.size for p, members in roll.person_members.items() if p in known}
    foremost = sorted(seen, key=lambda p: (not known[p].name, -seen[p], p))[:MOST_PEOPLE]
    return sorted(foremost, key=lambda p: (known[p].name, p))
