"""What people look like, as far as it is known at some point of time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.domain.identity import PersonId
from services.domain.roll import Floats, Ints

MIN_VIEW_FACES = 5
"""Faces that a season needs for a mean of its own: a single face would chain strangers."""


class Seen(NamedTuple):
    """Faces of one person, added up."""

    faces: int
    total: Floats
    """The sum of their vectors, float64[width]."""

    @property
    def mean(self) -> NDArray[np.float32]:
        """Not normalised: the dot product with a face is its mean similarity to the faces."""
        return np.asarray(self.total / self.faces, dtype=np.float32)


class View(NamedTuple):
    """How somebody looked for some time: a child changes within two years as an adult does within twenty."""

    person: int
    """Position in the ids."""
    mean: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Looks:
    """Everybody who is known: the mean of all their faces, and how they looked at different times."""

    ids: Sequence[PersonId]
    counts: Ints
    """Faces behind each total, int64[people]."""
    totals: Floats
    """Sums of vectors, float64[people, width]."""
    views: Sequence[View]
    _asked: dict[bytes, list[tuple[float, int]]] = field(default_factory=dict)

    def alike(self, vector: NDArray[np.float32], least: float) -> list[tuple[float, int]]:
        """Return who resembles a vector at least so much: (similarity, position in the ids).

        The answer is kept, for the same vectors are asked for again and again.
        """
        key = vector.tobytes()
        if key not in self._asked:
            self._asked[key] = self._alike(vector, least)
        return self._asked[key]

    def _alike(self, vector: NDArray[np.float32], least: float) -> list[tuple[float, int]]:
        means, people = self._means
        similarity = means @ vector
        near = np.flatnonzero(similarity >= least)
        best: dict[int, float] = {}
        for person, value in zip(people[near].tolist(), similarity[near].tolist(), strict=True):
            best[person] = max(value, best.get(person, value))
        return [(value, person) for person, value in best.items()]

    @cached_property
    def _means(self) -> tuple[NDArray[np.float32], Ints]:
        """All means, float32[m, width], and the person of each."""
        seen = np.flatnonzero(self.counts)
        totals = (self.totals[seen] / self.counts[seen, None]).astype(np.float32)
        views = np.array([view.mean for view in self.views], dtype=np.float32)
        people = np.array([view.person for view in self.views], dtype=np.int64)
        return np.concatenate([totals, views.reshape(-1, totals.shape[1])]), np.concatenate([seen, people])

    def and_then(self, new: Mapping[PersonId, Seen], season: Mapping[PersonId, Seen]) -> Looks:
        """Return what is known after a season.

        Args:
            new: The faces of people that are not in the totals.
            season: All their faces of the season.
        """
        ids = list(dict.fromkeys([*self.ids, *new]))
        position = {id_: i for i, id_ in enumerate(ids)}
        more = len(ids) - len(self.ids)
        counts = np.concatenate([self.counts, np.zeros(more, dtype=np.int64)])
        totals = np.concatenate([self.totals, np.zeros((more, self.totals.shape[1]))])
        for id_, seen in new.items():
            counts[position[id_]] += seen.faces
            totals[position[id_]] += seen.total
        views = [View(position[id_], s.mean) for id_, s in season.items() if s.faces >= MIN_VIEW_FACES]
        return Looks(ids, counts, totals, [*self.views, *views])
