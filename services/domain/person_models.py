"""How people look: means of their faces, by age and by what they looked like before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.domain.facets import Vector
from services.domain.roll import Bools, Floats, Ints

ERA_SECONDS = 2 * 365.25 * 86_400.0
"""A child changes within two years as much as an adult within twenty."""
MIN_ERA_FACES = 5
"""Faces that an era or a look needs for a mean of its own: a single face would chain strangers."""
MAX_CENTROIDS = 8
SAME_LOOK = 0.99
"""Cosine from which two means of one person say the same."""
TYPICAL_NORM = 0.98
"""Length of the mean of one person's unit vectors; stands in where only the direction was kept."""


@dataclass(frozen=True, eq=False)
class PersonModels:
    """Means of unit vectors, each belonging to one person (a position in the caller's list)."""

    means: NDArray[np.float32]
    """float32[m, d], not normalised: the dot product with a face is its mean similarity to the members."""
    person: Ints
    """int64[m], ascending."""
    counts: Ints
    """Faces behind each mean, int64[m]."""
    people: int

    @staticmethod
    def of(
        vectors: NDArray[np.float32], owner: Ints, seconds: Floats, stored: Sequence[Sequence[Vector]]
    ) -> PersonModels:
        """Model everybody from their faces: all of them, those of each era, those near each stored centroid.

        People without faces here are modelled by the stored centroids alone.

        Args:
            vectors: float32[n, d], unit length.
            owner: int64[n], the person of each face, −1 for nobody.
            seconds: float64[n], when each face was seen.
            stored: The centroids kept from before, one sequence a person.
        """
        mine = np.flatnonzero(owner >= 0)
        faces, people = vectors[mine], owner[mine]
        era = np.floor(seconds[mine] / ERA_SECONDS).astype(np.int64)
        look = _nearest_centroid(faces, people, stored)
        views = [
            _means(faces, people, np.zeros_like(era), 1),
            _means(faces, people, era, MIN_ERA_FACES),
            _means(faces, people, look, MIN_ERA_FACES),
            _remembered(people, stored, vectors.shape[1]),
        ]
        means, person, counts = (np.concatenate(column) for column in zip(*views, strict=True))
        order = np.lexsort((-counts, person))
        return PersonModels(means[order], person[order], counts[order], len(stored))

    @property
    def empty(self) -> bool:
        """Nobody is known."""
        return self.person.size == 0

    def similarity(self, vectors: NDArray[np.float32]) -> NDArray[np.float32]:
        """Return how much each vector resembles each person at their best; float32[n, people]."""
        result = np.full((len(vectors), self.people), -np.inf, dtype=np.float32)
        present, starts = np.unique(self.person, return_index=True)
        result[:, present] = np.maximum.reduceat(vectors @ self.means.T, starts, axis=1)
        return result

    def centroids(self, person: int) -> tuple[Vector, ...]:
        """Return the unit vectors to keep of a person, that of most faces first."""
        chosen = self.means[self.person == person]
        unit = chosen / np.maximum(np.linalg.norm(chosen, axis=1, keepdims=True), 1e-9)
        distinct: list[Vector] = []
        for vector in unit.astype(np.float32):
            if not any(float(vector @ kept) >= SAME_LOOK for kept in distinct):
                distinct.append(vector)
        return tuple(distinct[:MAX_CENTROIDS])


def mean_faces(vectors: NDArray[np.float32], owner: Ints, counts: Ints) -> NDArray[np.float32]:
    """Return the mean of each person's unit vectors, not normalised; float32[people, d], 0 without faces."""
    mine = owner >= 0
    sums = np.zeros((counts.size, vectors.shape[1]), dtype=np.float32)
    np.add.at(sums, owner[mine], vectors[mine])
    return np.asarray(sums / np.maximum(counts, 1)[:, None], dtype=np.float32)


_View = tuple[NDArray[np.float32], Ints, Ints]


def _means(faces: NDArray[np.float32], people: Ints, part: Ints, least: int) -> _View:
    """Return the mean of each (person, part) that has enough faces."""
    keys = np.column_stack([people, part])
    found, inverse, counts = np.unique(keys, axis=0, return_inverse=True, return_counts=True)
    sums = np.zeros((len(found), faces.shape[1]), dtype=np.float32)
    np.add.at(sums, inverse.reshape(-1), faces)
    enough: Bools = counts >= least
    means = (sums[enough] / counts[enough, None]).astype(np.float32)
    return means, found[enough, 0], counts[enough]


def _nearest_centroid(faces: NDArray[np.float32], people: Ints, stored: Sequence[Sequence[Vector]]) -> Ints:
    """Return which stored centroid of its person each face is nearest to; 0 where none is stored."""
    look = np.zeros(len(faces), dtype=np.int64)
    for person, centroids in enumerate(stored):
        if len(centroids) > 1:
            mine = np.flatnonzero(people == person)
            look[mine] = np.argmax(faces[mine] @ np.stack(centroids).T, axis=1)
    return look


def _remembered(people: Ints, stored: Sequence[Sequence[Vector]], width: int) -> _View:
    """Return the stored centroids of people of whom no face is at hand."""
    at_hand = set(np.unique(people).tolist())
    kept = [(i, c) for i, centroids in enumerate(stored) if i not in at_hand for c in centroids]
    means = np.array([c for _, c in kept], dtype=np.float32).reshape(-1, width) * np.float32(TYPICAL_NORM)
    return means, np.array([i for i, _ in kept], dtype=np.int64), np.zeros(len(kept), dtype=np.int64)
