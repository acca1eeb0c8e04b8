"""Greedy non-maximum suppression."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.floating]


def non_maximum_suppression(
    boxes: Floats, scores: Floats, overlap: float, classes: npt.NDArray[np.intp] | None = None
) -> list[int]:
    """Return the indices of the boxes to keep, best score first.

    Args:
        boxes: [N, 4] as left, top, right, bottom.
        scores: [N].
        overlap: A box goes when its intersection over union with a kept one reaches this.
        classes: [N]; only boxes of one class suppress each other. None means one class.
    """
    group = np.zeros(len(boxes), np.intp) if classes is None else classes
    rest = np.argsort(-scores, kind="stable")
    kept: list[int] = []
    while rest.size:
        best, rest = rest[0], rest[1:]
        kept.append(int(best))
        rival = (group[rest] == group[best]) & (intersection_over_union(boxes[best], boxes[rest]) >= overlap)
        rest = rest[~rival]
    return kept


def intersection_over_union(box: Floats, others: Floats) -> Floats:
    """Return how much each of `others` [N, 4] overlaps `box` [4], 0..1."""
    low = np.maximum(box[:2], others[:, :2])
    high = np.minimum(box[2:], others[:, 2:])
    shared = (high - low).clip(0).prod(axis=1)
    total = (box[2:] - box[:2]).prod() + (others[:, 2:] - others[:, :2]).prod(axis=1) - shared
    ratio: Floats = np.divide(shared, total, out=np.zeros_like(shared), where=total > 0)
    return ratio
