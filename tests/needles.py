"""Searching bytes for thousands of others at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

import numpy as np

_HEAD = 3
"""Bytes by which a place is recognised before it is compared."""


class Needles:
    """Byte strings to look for, each of three bytes or more."""

    def __init__(self, needles: Iterable[bytes]) -> None:
        self._by_head: dict[int, list[bytes]] = defaultdict(list)
        for needle in set(needles):
            assert len(needle) >= _HEAD
            self._by_head[int.from_bytes(needle[:_HEAD], "little")].append(needle)
        assert self._by_head, "there is nothing to look for"
        self._heads = np.zeros(1 << (8 * _HEAD), np.bool_)
        self._heads[list(self._by_head)] = True

    def within(self, content: bytes) -> set[bytes]:
        """Return those that the content holds, in one pass over it."""
        if len(content) < _HEAD:
            return set()
        raw = np.frombuffer(content, np.uint8).astype(np.uint32)
        heads = raw[:-2] | raw[1:-1] << 8 | raw[2:] << 16
        places = np.flatnonzero(self._heads[heads]).tolist()
        candidates = ((place, needle) for place in places for needle in self._by_head[int(heads[place])])
        return {needle for place, needle in candidates if content.startswith(needle, place)}
