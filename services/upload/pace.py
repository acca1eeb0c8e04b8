"""How fast an owner may upload."""

from __future__ import annotations

import math
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from services.domain.errors import QuotaExceeded
from services.domain.identity import OwnerId

_MINUTE = 60.0
_BUSY_RETRY = 1.0
"""Seconds after which a write may have ended."""
_MOST_OWNERS = 10_000
"""Whose pace is remembered before those who have rested long enough are forgotten."""


class Pace:
    """Counts each owner's writes: how many go on, and how many began lately.

    Photos are let in by a bucket that holds a minute's worth and fills evenly: a burst after a quiet time
    passes, a lasting rush does not. Each process counts for itself.
    """

    def __init__(
        self, photos_a_minute: int, concurrent_writes: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = photos_a_minute
        self._concurrent = concurrent_writes
        self._clock = clock
        self._buckets: dict[OwnerId, tuple[float, float]] = {}
        """When it was looked at, and how many might have begun then."""
        self._writing: Counter[OwnerId] = Counter()

    @contextmanager
    def write(self, owner: OwnerId) -> Iterator[None]:
        """Count a write for as long as it lasts; raise QuotaExceeded if there are too many."""
        if self._writing[owner] >= self._concurrent:
            raise QuotaExceeded(f"{self._concurrent} writes at the same time", _BUSY_RETRY)
        left = self._left(owner)
        if left < 1:
            raise QuotaExceeded(f"{self._rate} photos a minute", (1 - left) * _MINUTE / self._rate)
        self._buckets[owner] = (self._clock(), left - 1)
        self._writing[owner] += 1
        try:
            yield
        finally:
            self._writing[owner] -= 1
            if not self._writing[owner]:
                del self._writing[owner]

    def left(self, owner: OwnerId) -> int:
        """Return how many photos may begin now."""
        return math.floor(self._left(owner))

    def writing(self, owner: OwnerId) -> int:
        """Return how many writes go on."""
        return self._writing.get(owner, 0)

    def _left(self, owner: OwnerId) -> float:
        if len(self._buckets) > _MOST_OWNERS:
            self._forget_rested()
        looked, left = self._buckets.get(owner, (self._clock(), float(self._rate)))
        return min(self._rate, left + (self._clock() - looked) * self._rate / _MINUTE)

    def _forget_rested(self) -> None:
        rested = self._clock() - _MINUTE
        self._buckets = {owner: bucket for owner, bucket in self._buckets.items() if bucket[0] > rested}
