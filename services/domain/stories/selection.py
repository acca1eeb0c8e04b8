"""Choosing the pictures of a story.

Among the pictures that may be shown, a set S of the wanted size is built greedily to maximise

    F(S) = Σ_{i∈S} QUALITY·q_i + LOOKS·l_i
         + Σ_people PEOPLE·w_p·h(n_p) + Σ_places PLACES·h(n_c) + Σ_times TIME·h(n_t)
         + CONTENT·mean_j max_{i∈S} cos(i, j)

where h(n) = 2·(1 − 2⁻ⁿ): the first picture of a person, place or stretch of time gains 1, the next ½, ¼ …;
q is quality (sharp, well exposed) and l how well the main faces look (0…1: sharp and smiling; ½ without any;
whoever blinks beside another shot of the moment counts 0);
n_p, n_c, n_t count the pictures of S with that person, at that place (a cell of 500 m), in that slice of
time, and the last term is how well S represents what all candidates show (facility location).
Each term is monotone and submodular, so the greedy choice reaches 1 − 1/e of the best F (Nemhauser, 1978).
A picture that shows the same as a chosen one is never taken, whatever it would gain.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.identity import PersonId
from services.domain.roll import Bools, Floats, Ints, Roll
from services.domain.stories.expressions import look, lost_by_blinking
from services.domain.stories.sameness import Sameness
from services.domain.stories.shortlist import MAX_CANDIDATES, thin

QUALITY, LOOKS, PEOPLE, PLACES, TIME, CONTENT = 1.0, 0.4, 0.5, 0.3, 0.6, 2.0
"""Weights of the terms of F."""
UNNAMED_WEIGHT = 0.4
"""What somebody without a name counts beside somebody with one."""
CELL_DEGREES = 0.005
"""Pictures in one cell of about 500 m show one place."""
_COLUMNS = 1 << 20
"""More than there are columns of cells, of either sign."""


def select(roll: Roll, pool: Ints, wanted: int, *, photos_only: bool = False) -> Ints:
    """Return the positions of at most `wanted` pictures of the pool, both in order of time.

    Fewer come back when the rest may not be shown or would repeat what was chosen.
    """
    return choose(roll, candidates_of(roll, pool, photos_only=photos_only), wanted)


def candidates_of(roll: Roll, pool: Ints, *, photos_only: bool = False) -> Ints:
    """Return the pictures of a pool that are worth a closer look, in order of time."""
    allowed = roll.eligible[pool]
    if photos_only:
        allowed &= ~roll.video[pool]
    return thin(roll, pool[allowed], MAX_CANDIDATES)


def choose(roll: Roll, candidates: Ints, wanted: int) -> Ints:
    """Return the positions of at most `wanted` of the candidates, chosen as the module says."""
    if candidates.size == 0 or wanted <= 0:
        return np.zeros(0, dtype=np.int64)
    sameness = Sameness.of(roll, candidates)
    terms = _Terms.of(roll, candidates, wanted, sameness)
    free = np.ones(candidates.size, dtype=np.bool_)
    chosen: list[int] = []
    while free.any() and len(chosen) < wanted:
        best = int(np.argmax(np.where(free, terms.gain(), -np.inf)))
        chosen.append(best)
        terms.add(best)
        free &= ~sameness.as_one(best)
    return candidates[np.sort(np.array(chosen, dtype=np.int64))]


@dataclass(eq=False)
class _Terms:
    """F while S grows: what each candidate would add."""

    fixed: Floats
    """Quality, looks and tie, [n]."""
    facets: Floats
    """Weight of each facet value (person, place, time slice) in each candidate, float64[n, values]."""
    halved: Floats
    """2⁻ⁿ for each facet value."""
    similarity: Floats
    covered: Floats
    """max_{i∈S} cos(i, j) for each candidate j."""

    @staticmethod
    def of(roll: Roll, candidates: Ints, wanted: int, sameness: Sameness) -> _Terms:
        facets = np.concatenate(
            [
                PEOPLE * _people(roll, candidates),
                PLACES * _one_hot(_cells(roll, candidates)),
                TIME * _one_hot(_slices(roll, candidates, wanted)),
            ],
            axis=1,
        )
        return _Terms(
            fixed=QUALITY * roll.merit[candidates] + LOOKS * _looks(roll, candidates, sameness),
            facets=facets,
            halved=np.ones(facets.shape[1]),
            similarity=np.maximum(sameness.similarity, 0.0),
            covered=np.zeros(candidates.size),
        )

    def gain(self) -> Floats:
        """Return what each candidate would add to F."""
        content = np.maximum(self.similarity - self.covered, 0.0).mean(axis=1)
        return np.asarray(self.fixed + self.facets @ self.halved + CONTENT * content)

    def add(self, i: int) -> None:
        """Put candidate i into S."""
        self.halved[self.facets[i] > 0] /= 2
        self.covered = np.maximum(self.covered, self.similarity[i])


def _looks(roll: Roll, candidates: Ints, sameness: Sameness) -> Floats:
    """Return how well the main faces of each candidate look: which shot of a burst is the one to keep."""
    unasked = candidates[np.isnan(roll.looks[candidates])]
    roll.looks[unasked] = [look(roll.faces(i)) for i in unasked.tolist()]
    looks = roll.looks[candidates].copy()
    faced = np.flatnonzero(roll.faced[candidates])
    shots = [roll.faces(i) for i in candidates[faced].tolist()]
    looks[faced] -= lost_by_blinking(shots, sameness.shots(faced))
    return np.asarray(looks)


def _people(roll: Roll, candidates: Ints) -> Floats:
    """Return the weight of each known person in each candidate; float64[n, people], by first appearance."""
    entries, rows = roll.seen.entries_of(candidates)
    codes, first, column = np.unique(roll.seen.codes[entries], return_index=True, return_inverse=True)
    rank = np.empty_like(first)
    rank[np.argsort(first)] = np.arange(first.size)
    people = list(roll.lens.people)
    weight = np.array([_weight(roll, people[code]) for code in codes.tolist()])
    weights = np.zeros((candidates.size, codes.size))
    weights[rows, rank[column]] = weight[column] if column.size else 0.0
    return weights


def _weight(roll: Roll, person: PersonId) -> float:
    known = roll.library.people.get(person)
    return 1.0 if known and known.name else UNNAMED_WEIGHT


def _cells(roll: Roll, candidates: Ints) -> Ints:
    """Return a number for each candidate's neighbourhood, −1 where it is unknown."""
    latitude, longitude = roll.latitude[candidates], roll.longitude[candidates]
    known: Bools = ~np.isnan(latitude)
    cells = np.full(candidates.size, -1, dtype=np.int64)
    row, column = (np.floor(degrees[known] / CELL_DEGREES) for degrees in (latitude, longitude))
    cells[known] = np.unique(row * _COLUMNS + column, return_inverse=True)[1]
    return cells


def _slices(roll: Roll, candidates: Ints, wanted: int) -> Ints:
    """Return in which of `wanted` equal slices of the story's time each candidate lies."""
    seconds = roll.seconds[candidates]
    elapsed = (seconds - seconds[0]) / max(float(seconds[-1] - seconds[0]), 1.0)
    return np.asarray(np.minimum((elapsed * wanted).astype(np.int64), wanted - 1))


def _one_hot(codes: Ints) -> Floats:
    """Return a column a code, 1 where a candidate has it; negative codes have none."""
    present: Sequence[int] = np.unique(codes[codes >= 0]).tolist()
    return np.asarray(codes[:, None] == np.array(present, dtype=np.int64)[None, :], dtype=np.float64)
