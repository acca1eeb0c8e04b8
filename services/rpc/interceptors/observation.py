"""The layer that counts and logs calls, without anything private."""

from __future__ import annotations

import asyncio
import bisect
import logging
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import grpc

from services.rpc.interceptors.layered import Call

_LOG = logging.getLogger("storyroll.access")
BOUNDS: Final = (0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0)
"""Upper bounds of the latency histogram's buckets, in seconds; one more bucket holds the rest."""


@dataclass(slots=True)
class Latency:
    """How long calls of one method took."""

    buckets: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    total: float = 0.0
    """Seconds, all calls together."""


class Metrics:
    """Counts of calls by method and status, and their latencies, of this process."""

    def __init__(self) -> None:
        self.calls: Counter[tuple[str, grpc.StatusCode]] = Counter()
        self.latencies: dict[str, Latency] = {}

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Count and log the call when it ends."""
        started = time.perf_counter()
        try:
            yield
        except asyncio.CancelledError:
            call.code = grpc.StatusCode.CANCELLED
            raise
        finally:
            self._record(call, time.perf_counter() - started)

    def _record(self, call: Call, seconds: float) -> None:
        self.calls[call.method, call.code] += 1
        latency = self.latencies.setdefault(call.method, Latency())
        latency.buckets[bisect.bisect_left(BOUNDS, seconds)] += 1
        latency.total += seconds
        _LOG.info("%s %s %.1f ms", call.method, call.code.name, seconds * 1000)
