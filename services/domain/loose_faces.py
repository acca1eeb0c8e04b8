"""The faces that belong to nobody yet, ready to be compared with one more."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from services.domain.vector_rows import VectorRows


class LooseFaces:
    """Faces, known by their numbers, whose vectors are the rows of one matrix."""

    def __init__(self, width: int) -> None:
        self._rows = VectorRows(width)
        self._faces: list[int] = []
        self._row_of: dict[int, int] = {}

    def __contains__(self, face: int) -> bool:
        return face in self._row_of

    def __iter__(self) -> Iterator[int]:
        """Go through the faces in order of their numbers."""
        return iter(sorted(self._faces))

    def put(self, face: int, vector: NDArray[np.float32]) -> None:
        """Add a face."""
        self._row_of[face] = self._rows.append(vector)
        self._faces.append(face)

    def take(self, face: int) -> None:
        """Take a face out."""
        row, last = self._row_of.pop(face), self._faces.pop()
        self._rows.fill_with_last(row)
        if last != face:
            self._faces[row] = last
            self._row_of[last] = row

    def alike(self, vector: NDArray[np.float32], least: float) -> list[tuple[float, int]]:
        """Return the faces of at least this similarity to a vector, the closest first: (similarity, face)."""
        similarity = self._rows.matrix @ vector
        near = np.flatnonzero(similarity >= least)
        found = zip((-similarity[near]).tolist(), (self._faces[row] for row in near.tolist()), strict=True)
        return [(-minus, face) for minus, face in sorted(found)]
