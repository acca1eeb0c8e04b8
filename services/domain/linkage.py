"""Average-linkage clustering of unit vectors under cannot-link constraints."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray


def average_linkage(
    vectors: NDArray[np.float32], groups: NDArray[np.int64], threshold: float
) -> list[NDArray[np.int64]]:
    """Cluster unit vectors; two of the same group (photo) never share a cluster.

    Starting from single vectors, the two clusters with the highest mean similarity between their members are
    joined until none reaches the threshold. A pair of the same group has similarity −∞, and so has every
    cluster that one of them joined. Time O(n²) in NumPy for n vectors, memory n² floats.

    Args:
        vectors: float32[n, d], unit length.
        groups: int64[n], the photo of each vector.
        threshold: Mean cosine similarity that a join needs.

    Returns:
        Positions of the members of each cluster, singles included, ordered by their first member.
    """
    similarity = (vectors @ vectors.T).astype(np.float64)
    similarity[groups[:, None] == groups[None, :]] = -np.inf
    members = [[i] for i in range(len(vectors))]
    partner = similarity.argmax(axis=1) if len(vectors) else np.zeros(0, np.int64)
    best = similarity[np.arange(len(vectors)), partner]
    while best.size and best.max() >= threshold:
        left = int(best.argmax())
        right = int(partner[left])
        left, right = min(left, right), max(left, right)
        _join(similarity, members, left, right)
        stale = np.flatnonzero((partner == left) | (partner == right))
        _refresh(similarity, partner, best, np.union1d(stale, [left, right]))
        closer = similarity[left] > best
        partner[closer], best[closer] = left, similarity[left][closer]
    return [np.array(sorted(cluster), dtype=np.int64) for cluster in members if cluster]


def _join(similarity: NDArray[np.float64], members: list[list[int]], left: int, right: int) -> None:
    """Move the members of `right` to `left`, whose similarities become the means over all members."""
    sizes = len(members[left]), len(members[right])
    joined = (sizes[0] * similarity[left] + sizes[1] * similarity[right]) / sum(sizes)
    joined[[left, right]] = -np.inf
    similarity[left], similarity[:, left] = joined, joined
    similarity[right], similarity[:, right] = -np.inf, -np.inf
    members[left] += members[right]
    members[right] = []


def _refresh(
    similarity: NDArray[np.float64],
    partner: NDArray[np.intp],
    best: NDArray[np.float64],
    rows: NDArray[np.int64],
) -> None:
    """Find the closest cluster of some rows anew."""
    partner[rows] = similarity[rows].argmax(axis=1)
    best[rows] = similarity[rows, partner[rows]]
