"""Waiting lines that are fair between groups."""

from __future__ import annotations

import heapq
from collections import OrderedDict
from typing import Generic, TypeVar

T = TypeVar("T")


class FairQueue(Generic[T]):
    """Groups take turns; within a group the highest priority goes first, and equals in order.

    Somebody's first ten photos never wait behind somebody else's hundred thousand.
    """

    def __init__(self) -> None:
        self._groups: OrderedDict[str, list[tuple[float, int, T]]] = OrderedDict()
        self._pushed = 0
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def push(self, item: T, group: str, priority: float) -> None:
        """Let an item wait."""
        # The running number keeps equals in order and items from being compared.
        heapq.heappush(self._groups.setdefault(group, []), (-priority, self._pushed, item))
        self._pushed += 1
        self._size += 1

    def pop(self) -> T:
        """Take the next item.

        Raises:
            IndexError: Nothing waits.
        """
        if not self._size:
            raise IndexError("nothing waits in the queue")
        group, line = next(iter(self._groups.items()))
        _, _, item = heapq.heappop(line)
        self._size -= 1
        if line:
            self._groups.move_to_end(group)
        else:
            del self._groups[group]
        return item
