"""Who is seen with whom: two people in the same pictures."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.domain.identity import PersonId
from services.domain.roll import Ints, Roll

MOST_PEOPLE = 24
"""People who are looked at: the named before the others, then those seen most. Bounds the pairs at 276."""
LEAST = 3
"""Pictures that two people must share to be a pair."""


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


def find_pairs(roll: Roll) -> tuple[Pair, ...]:
    """Return all pairs among the people who matter most, in an order that the library alone decides.

    Hidden people are in none. Takes a byte of memory for each picture and person that is looked at.
    """
    people = _foremost(roll)
    crowded = np.zeros(len(roll), dtype=np.bool_)
    crowded[roll.seen.rows[1:][np.diff(roll.seen.rows) == 0]] = True
    several = np.flatnonzero(crowded)
    column = np.full(len(roll), several.size, dtype=np.int64)
    column[several] = np.arange(several.size)
    present = np.zeros((len(people), several.size + 1), dtype=np.bool_)
    for row, person in enumerate(people):
        present[row, column[roll.person_members[person]]] = True
    present = present[:, :-1]
    shared = present.astype(np.float32)
    often = np.argwhere(np.triu(shared @ shared.T, 1) >= LEAST).tolist()
    return tuple(
        Pair((people[one], people[other]), several[present[one] & present[other]]) for one, other in often
    )


def _foremost(roll: Roll) -> list[PersonId]:
    known = roll.library.people
    seen = {p: members.size for p, members in roll.person_members.items() if p in known}
    foremost = sorted(seen, key=lambda p: (not known[p].name, -seen[p], p))[:MOST_PEOPLE]
    return sorted(foremost, key=lambda p: (known[p].name, p))
