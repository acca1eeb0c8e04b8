"""Which pictures show the same thing, so that a story takes one of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.domain.library import LibraryAsset
from services.domain.roll import Bools, Floats, Ints, Roll

HASH_BITS = 8
"""Perceptual hashes (64 bits) that differ in at most so many belong to the same picture."""
SAME_VIEW = 0.95
"""Cosine of embeddings from which two pictures show the same, whenever they were taken.

With the classifier's embeddings, unrelated pictures lie at 0.28 (1 % above 0.65), different pictures of one
sight up to 0.90, copies from 0.94 on.
"""
SAME_MOMENT = 0.88
"""The same for pictures taken within MOMENT_SECONDS."""
MOMENT_SECONDS = 600.0


@dataclass(frozen=True, eq=False)
class Sameness:
    """Everything that tells whether candidates repeat each other."""

    seconds: Floats
    hashes: NDArray[np.uint64]
    hashed: Bools
    bursts: Ints
    """The burst of each, −1 for none."""
    similarity: Floats
    """float64[n, n], cosine of embeddings, 0 where either is unknown."""

    @staticmethod
    def of(roll: Roll, members: Ints) -> Sameness:
        """Compare some assets of a roll."""
        assets = [roll.assets[i] for i in members.tolist()]
        hashes = [asset.perceptual_hash for asset in assets]
        return Sameness(
            seconds=roll.seconds[members],
            hashes=np.array([(h or 0) & 0xFFFFFFFFFFFFFFFF for h in hashes], dtype=np.uint64),
            hashed=np.array([h is not None for h in hashes], dtype=np.bool_),
            bursts=_bursts(assets),
            similarity=_similarity(roll, members),
        )

    def as_one(self, i: int) -> Bools:
        """Mark the candidates that show the same as candidate i, itself included."""
        marked = self._repeats(np.array([i]))[0]
        marked[i] = True
        return np.asarray(marked)

    def shots(self, members: Ints) -> Bools:
        """Mark which of some candidates are shots of one moment; bool[members, members]."""
        return self._repeats(members)[:, members] & self._moment(members)[:, members]

    def _repeats(self, rows: Ints) -> Bools:
        """Mark what some candidates repeat; bool[rows, n]."""
        bits = np.bitwise_count(self.hashes ^ self.hashes[rows, None])
        same_hash = self.hashed & self.hashed[rows, None] & (bits <= HASH_BITS)
        same_burst = (self.bursts == self.bursts[rows, None]) & (self.bursts >= 0)
        same_view = self.similarity[rows] >= np.where(self._moment(rows), SAME_MOMENT, SAME_VIEW)
        return np.asarray(same_hash | same_burst | same_view)

    def _moment(self, rows: Ints) -> Bools:
        """Mark what was taken within a moment of some candidates; bool[rows, n]."""
        return np.asarray(np.abs(self.seconds - self.seconds[rows, None]) <= MOMENT_SECONDS)


def _bursts(assets: Sequence[LibraryAsset]) -> Ints:
    codes: dict[str, int] = {}
    found = [codes.setdefault(a.burst, len(codes)) if a.burst else -1 for a in assets]
    return np.array(found, dtype=np.int64)


def _similarity(roll: Roll, members: Ints) -> Floats:
    """Return the cosines of the embeddings of some assets."""
    vectors = {row: v for row, i in enumerate(members.tolist()) if (v := roll.embedding(i)) is not None}
    similarity = np.zeros((members.size, members.size))
    if vectors:
        rows, stacked = np.array(list(vectors)), np.stack(list(vectors.values()))
        similarity[np.ix_(rows, rows)] = stacked @ stacked.T
    return similarity
