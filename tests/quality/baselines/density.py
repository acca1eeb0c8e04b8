"""DBSCAN (Ester et al., 1996) on unit vectors: what several photo programs group faces with."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.domain.face_refs import FaceRef
from tests.quality.real.faces import Groups


def dbscan(faces: Sequence[FaceRef], threshold: float, core: int) -> Groups:
    """Group faces that are linked by dense ones; faces that are near no dense one are groups of their own.

    Args:
        faces: With unit embeddings.
        threshold: Least cosine of neighbours.
        core: Neighbours, itself among them, that make a face dense.
    """
    vectors = np.stack([face.embedding for face in faces])
    linked = vectors @ vectors.T >= threshold
    dense = linked.sum(axis=1) >= core
    labels = np.full(len(faces), -1)
    for seed in np.flatnonzero(dense).tolist():
        if labels[seed] < 0:
            _spread(seed, linked, dense, labels)
    return {
        (face.asset_id, face.index): int(label) if label >= 0 else ("alone", i)
        for i, (face, label) in enumerate(zip(faces, labels, strict=True))
    }


def _spread(seed: int, linked: np.ndarray, dense: np.ndarray, labels: np.ndarray) -> None:
    """Give a dense face's label to all that dense faces lead to."""
    labels[seed], waiting = seed, [seed]
    while waiting:
        reached = np.flatnonzero(linked[waiting.pop()] & (labels < 0))
        labels[reached] = seed
        waiting += reached[dense[reached]].tolist()
