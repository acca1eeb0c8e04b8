"""What is kept of a person: how they look, their best face, and when they were seen last."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from services.domain.facets import Person, Vector
from services.domain.linking import Part
from services.domain.looks import MIN_VIEW_FACES

MAX_CENTROIDS = 8
SAME_LOOK = 0.99
"""Cosine from which two means of one person say the same."""


def portrait(before: Person, parts: Sequence[Part]) -> Person:
    """Bring a person up to date.

    Args:
        before: What was known, and what the owner said.
        parts: What each season says of the person, in order of time; at least one.
    """
    best = max((part.best for part in parts), key=lambda face: (face.quality, -face.taken.timestamp()))
    return replace(
        before,
        centroids=_centroids(before, parts),
        face_count=sum(part.seen.faces for part in parts),
        cover=(best.asset_id, best.index),
        last_seen=max(part.last for part in parts),
    )


def _centroids(before: Person, parts: Sequence[Part]) -> tuple[Vector, ...]:
    """Return unit vectors, no two alike: of all faces, of the seasons with most, of those merged."""
    total = np.sum([part.seen.total for part in parts], axis=0)
    often = sorted((part.seen for part in parts if part.seen.faces >= MIN_VIEW_FACES), key=lambda s: -s.faces)
    merged = before.centroids if before.merged else ()
    distinct: list[Vector] = []
    for vector in (total, *(seen.total for seen in often), *merged):
        unit = (vector / max(float(np.linalg.norm(vector)), 1e-9)).astype(np.float32)
        if not any(float(unit @ kept) >= SAME_LOOK for kept in distinct):
            distinct.append(unit)
    return tuple(distinct[:MAX_CENTROIDS])
