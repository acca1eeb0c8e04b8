"""Which pictures show the same scene: told by content, people and place together."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.domain.columns import Bools, Ints
from services.domain.consent import Scope
from services.domain.library import LibraryAsset

SAME_SCENE = 0.8
"""Cosine of two embeddings from which pictures show the same; unrelated scenes lie at 0.3."""
SAME_COMPANY = 0.65
"""The same where a person whom we know is in both."""
SAME_PLACE = 0.05
"""Degrees of latitude or longitude within which two pictures may show the same."""


@dataclass(frozen=True, eq=False)
class Scenes:
    """What pictures show, as far as scopes allow."""

    assets: Sequence[LibraryAsset]
    scopes: frozenset[Scope]

    def alike(self, some: Ints, others: Ints) -> Bools:
        """Tell which of some pictures show what others show; bool[some, others].

        Less likeness is enough where both show somebody we know; places that both know must be the same.
        """
        seen = Scope.CONTENT in self.scopes
        rows, columns = self._rated(some) if seen else some[:0], self._rated(others) if seen else others[:0]
        same = np.zeros((some.size, others.size), dtype=np.bool_)
        if rows.size and columns.size:
            cosine = self._vectors(some[rows]) @ self._vectors(others[columns]).T
            for i, j in np.argwhere(cosine >= SAME_COMPANY).tolist():
                one, other = self.assets[int(some[rows[i]])], self.assets[int(others[columns[j]])]
                sure = bool(cosine[i, j] >= SAME_SCENE) or self._company(one, other)
                same[rows[i], columns[j]] = sure and self._same_place(one, other)
        return same

    def never_located(self, members: Ints) -> bool:
        """Tell whether none of the pictures knows its place; False where we may not ask."""
        known = any(self.assets[i].coordinates is not None for i in members.tolist())
        return Scope.LOCATION in self.scopes and not known

    def _rated(self, members: Ints) -> Ints:
        """Return which of the pictures were looked at."""
        rated = (self.assets[i].embedding is not None for i in members.tolist())
        return np.flatnonzero(np.fromiter(rated, dtype=np.bool_, count=members.size))

    def _vectors(self, members: Ints) -> NDArray[np.float32]:
        """Return the unit vectors of what pictures show; float32[n, width]."""
        found = (self.assets[i].embedding for i in members.tolist())
        return np.stack([vector for vector in found if vector is not None])

    def _company(self, one: LibraryAsset, other: LibraryAsset) -> bool:
        """Tell whether somebody we know is in both."""
        shared = (set(one.people) & set(other.people)) - {None}
        return bool(shared) and Scope.FACES in self.scopes

    def _same_place(self, one: LibraryAsset, other: LibraryAsset) -> bool:
        """Tell whether nothing that we know of their places speaks against it."""
        here, there = one.coordinates, other.coordinates
        if Scope.LOCATION not in self.scopes or here is None or there is None:
            return True
        apart = max(abs(here.latitude - there.latitude), abs(here.longitude - there.longitude))
        return apart <= SAME_PLACE
