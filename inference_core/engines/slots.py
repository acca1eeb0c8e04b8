"""Memory for the inputs of models: rows side by side, so that a batch is where its items are.

Design note. The decoder writes each item straight into a row, and neighbouring rows are a batch without a
copy; where the memory is shared with a model server, they are not even sent.

a. A row is lent as an ordinary array and comes back when nothing refers to the array any more, views
   included. So a row can neither be forgotten, whatever fails or is cancelled, nor be used again while a
   thread still writes to it or a model still reads from it.
b. The memory is cut into slabs of equal size, and a slab into rows of one shape: most shapes are known, but a
   detector's input follows the photo. A slab without rows in use serves any other shape.
c. Rows are lent in turn, not the lowest first: what was decoded one after the other then lies side by side.
d. Nobody waits for a row. How many pictures are under way is limited where they come in; waiting here, for
   the second row while holding the first, could stop everybody. What finds no row gets memory of its own, and
   is a batch of its own.
e. A row is blanked when it comes back: somebody's picture must not stay in memory that a model server maps,
   long after its owner took everything back. It costs some 0.1 ms a picture.
"""

from __future__ import annotations

import mmap
import threading
import weakref
from collections.abc import Callable, Sequence

import numpy as np

from inference_core.preprocess.spec import Tensor

Shape = tuple[int, ...]

SLAB = 8 * 2**20
"""Bytes: a handful of rows of the largest input."""

CAPACITY = 16 * SLAB
"""Bytes by default: more than all inputs of the pictures that an analyzer has under way on sixteen cores."""


class Slots:
    """Lends rows of one stretch of memory. Threads may share it.

    Args:
        memory: A whole number of slabs; by default private memory, which is taken when it is first used.
        reserve: Told the (offset, size) of memory before its first use; an OSError leaves it unused.
    """

    def __init__(
        self, memory: mmap.mmap | None = None, reserve: Callable[[int, int], None] | None = None
    ) -> None:
        self._memory = memory or mmap.mmap(-1, CAPACITY, flags=mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS)
        self._reserve = reserve or (lambda _offset, _size: None)
        self._untouched = list(range(0, len(self._memory), SLAB))[::-1]
        self._slabs: dict[Shape, list[_Slab]] = {}
        self._lock = threading.Lock()

    def lease(self, shape: Shape) -> Tensor:
        """Return uninitialised uint8 of that shape: a row if one is free, else memory of its own."""
        with self._lock:
            row = self._row(shape)
        return np.empty(shape, np.uint8) if row is None else row

    def offset_of(self, batch: Tensor) -> int | None:
        """Return where a row, or a batch that `joined` made of rows, begins in the memory; None elsewhere."""
        return _offset(batch, self._memory) if _memory(batch) is self._memory else None

    def _row(self, shape: Shape) -> Tensor | None:
        slabs = self._slabs.setdefault(shape, [])
        for slab in slabs:
            row = slab.lease()
            if row is not None:
                return row
        offset = self._free_slab() if np.prod(shape, dtype=int) <= SLAB else None
        if offset is None:
            return None
        slabs.append(_Slab(self._memory, offset, shape))
        return slabs[-1].lease()

    def _free_slab(self) -> int | None:
        """Return the offset of a slab that was never used, or in which no row is in use."""
        if self._untouched:
            try:
                self._reserve(self._untouched[-1], SLAB)
            except OSError:
                self._untouched.clear()
            else:
                return self._untouched.pop()
        for slabs in self._slabs.values():
            for slab in slabs:
                if slab.idle:
                    slabs.remove(slab)
                    return slab.offset
        return None


class _Slab:
    """Rows of one shape, lent in turn."""

    def __init__(self, memory: mmap.mmap, offset: int, shape: Shape) -> None:
        self.offset = offset
        self._memory = memory
        self._shape = shape
        self._size = int(np.prod(shape, dtype=int))
        self._used = bytearray(SLAB // max(self._size, 1))
        self._next = 0

    @property
    def idle(self) -> bool:
        return not any(self._used)

    def lease(self) -> Tensor | None:
        index = self._used.find(0, self._next)
        if index < 0:
            index = self._used.find(0)
        if index < 0:
            return None
        self._used[index] = 1
        self._next = index + 1
        # Its base is the map, no array, so that every view of the row keeps the row itself alive.
        row = np.ndarray(self._shape, np.uint8, self._memory, self.offset + index * self._size)
        # Runs wherever the last reference goes, perhaps inside `lease`: it must not take the lock.
        weakref.finalize(row, self._take_back, index).atexit = False
        return row

    def _take_back(self, index: int) -> None:
        start = self.offset + index * self._size
        np.ndarray(self._size, np.uint8, self._memory, start).fill(0)
        self._used[index] = 0


def runs(rows: Sequence[Tensor]) -> list[list[int]]:
    """Return the indexes of rows in groups that lie side by side, each group in the order of memory.

    Args:
        rows: Of one shape; one that was not lent by `Slots` is a group of its own.
    """
    groups: list[list[int]] = []
    for index in sorted(range(len(rows)), key=lambda index: _address(rows[index])):
        if groups and _adjacent(rows[groups[-1][-1]], rows[index]):
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def joined(rows: Sequence[Tensor]) -> Tensor:
    """Return rows that lie side by side as one batch, without a copy.

    The batch keeps the memory alive but not the rows: hold those until nothing reads the batch any more.

    Args:
        rows: One group of `runs`.

    Returns:
        uint8 [B, ...].
    """
    first, memory = rows[0], _memory(rows[0])
    if memory is None:
        return first[np.newaxis]
    return np.ndarray((len(rows), *first.shape), np.uint8, memory, _offset(first, memory))


def _memory(row: Tensor) -> mmap.mmap | None:
    base: object = row.base
    return base if isinstance(base, mmap.mmap) else None


def _adjacent(left: Tensor, right: Tensor) -> bool:
    together = _memory(left) is not None and _memory(left) is _memory(right)
    return together and _address(left) + left.nbytes == _address(right)


def _offset(row: Tensor, memory: mmap.mmap) -> int:
    return _address(row) - _address(np.frombuffer(memory, np.uint8, 1))


def _address(array: Tensor) -> int:
    address: int = array.__array_interface__["data"][0]
    return address
