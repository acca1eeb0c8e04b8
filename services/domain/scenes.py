"""Which pictures show the same scene: told by content, people and place together."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from services.domain.columns import Bools, Ints
from services.domain.consent import Scope
from services.domain.library import LibraryAsset
from services.domain.time_order import Assets

SAME_SCENE = 0.8
"""Cosine of two embeddings from which pictures show the same; unrelated scenes lie at 0.3."""
SAME_COMPANY = 0.65
"""The same where a person whom we know is in both."""
SAME_PLACE = 0.05
"""Degrees of latitude or longitude within which two pictures may show the same."""


def alike(some: Assets, others: Assets, scopes: frozenset[Scope]) -> Bools:
    """Tell which of some pictures show what others show, as far as scopes allow; bool[some, others].

    Less likeness is enough where both show somebody we know; places that both know must be the same.
    """
    same = np.zeros((some.size, others.size), dtype=np.bool_)
    if Scope.CONTENT not in scopes or not some.size or not others.size:
        return same
    (rows, left), (columns, right) = _vectors(some), _vectors(others)
    if rows.size and columns.size:
        cosine = left @ right.T
        for i, j in np.argwhere(cosine >= SAME_COMPANY).tolist():
            one, other = some[rows[i]], others[columns[j]]
            sure = bool(cosine[i, j] >= SAME_SCENE) or _company(one, other, scopes)
            same[rows[i], columns[j]] = sure and _same_place(one, other, scopes)
    return same


def _vectors(assets: Assets) -> tuple[Ints, NDArray[np.float32]]:
    """Return which pictures were looked at, and the unit vectors of what these show; float32[n, width]."""
    given = [asset.embedding for asset in assets.tolist()]
    vectors = [vector for vector in given if vector is not None]
    if not vectors:
        return np.zeros(0, dtype=np.int64), np.zeros((0, 0), dtype=np.float32)
    rows = np.flatnonzero([vector is not None for vector in given])
    # Joined end to end: np.stack would look at each vector three times.
    return rows, np.concatenate(vectors).reshape(len(vectors), -1)


def _company(one: LibraryAsset, other: LibraryAsset, scopes: frozenset[Scope]) -> bool:
    """Tell whether somebody we know is in both."""
    shared = (set(one.people) & set(other.people)) - {None}
    return bool(shared) and Scope.FACES in scopes


def _same_place(one: LibraryAsset, other: LibraryAsset, scopes: frozenset[Scope]) -> bool:
    """Tell whether nothing that we know of their places speaks against it."""
    here, there = one.coordinates, other.coordinates
    if Scope.LOCATION not in scopes or here is None or there is None:
        return True
    apart = max(abs(here.latitude - there.latitude), abs(here.longitude - there.longitude))
    return apart <= SAME_PLACE
