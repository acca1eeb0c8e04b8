"""Vectors as the rows of one matrix that grows and shrinks at its end without being copied."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

_FIRST_ROOM = 16


class VectorRows:
    """A float32 matrix with room for more rows than are filled."""

    def __init__(self, width: int) -> None:
        self._room = np.zeros((_FIRST_ROOM, width), dtype=np.float32)
        self._filled = 0

    def __len__(self) -> int:
        return self._filled

    @property
    def matrix(self) -> NDArray[np.float32]:
        """The filled rows; float32[n, width]. A view: it changes with the rows."""
        return self._room[: self._filled]

    def __getitem__(self, row: int) -> NDArray[np.float32]:
        return np.asarray(self._room[row])

    def __setitem__(self, row: int, vector: NDArray[np.float32]) -> None:
        self._room[row] = vector

    def append(self, vector: NDArray[np.float32]) -> int:
        """Fill the next row; return its number."""
        if self._filled == len(self._room):
            self._room = np.concatenate([self._room, np.zeros_like(self._room)])
        self._room[self._filled] = vector
        self._filled += 1
        return self._filled - 1

    def fill_with_last(self, row: int) -> None:
        """Let the last row take the place of another, so that there is one less."""
        self._filled -= 1
        self._room[row] = self._room[self._filled]
