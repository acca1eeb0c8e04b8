"""Arrays and lists with room behind them: to append to one does not copy what it holds."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Generic, TypeVar, overload

import numpy as np
from numpy.typing import NDArray

D = TypeVar("D", bound=np.generic)
T = TypeVar("T")
_SPARE = 1024
"""Elements of room at least."""


class Room(Generic[D]):
    """The memory of one array that grows; what was handed out before is never written to."""

    def __init__(self) -> None:
        self._held: NDArray[D] | None = None
        self._filled = 0

    def appended(self, array: NDArray[D], more: NDArray[D]) -> NDArray[D]:
        """Return an array with elements added at its end; in place if it was the last to come from here."""
        n = array.size + more.size
        mine = self._held is not None and array.base is self._held and array.size == self._filled
        if self._held is None or not mine or n > self._held.size:
            self._held = np.empty(n + n // 8 + _SPARE, dtype=array.dtype)
            self._held[: array.size] = array
        self._held[array.size : n] = more
        self._filled = n
        return self._held[:n]


class Prefix(Sequence[T]):
    """The first items of a list that others may append to."""

    __slots__ = ("_items", "_length")

    def __init__(self, items: list[T]) -> None:
        self._items = items
        self._length = len(items)

    def __len__(self) -> int:
        return self._length

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[T]: ...

    def __getitem__(self, index: int | slice) -> T | Sequence[T]:
        if isinstance(index, slice):
            return self._items[slice(*index.indices(self._length))]
        return self._items[range(self._length)[index]]

    def and_then(self, more: Iterable[T]) -> Prefix[T]:
        """Return the items and others after them; in place if nobody else appended yet."""
        items = self._items if len(self._items) == self._length else self._items[: self._length]
        items.extend(more)
        return Prefix(items)
