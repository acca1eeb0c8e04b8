"""The layer that ends calls that take too long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from services.rpc.interceptors.layered import Call
from services.rpc.policy import ENDLESS, TimeLimits


class Deadlines:
    """Gives a limit to every call whose caller set no deadline; gRPC itself ends the others."""

    def __init__(self, limits: TimeLimits) -> None:
        self._limits = limits

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Raise TimeoutError in a call that outlives its limit."""
        async with asyncio.timeout(self._limit(call)):
            yield

    def _limit(self, call: Call) -> float | None:
        if call.method in ENDLESS or call.context.time_remaining() is not None:
            return None
        streams = call.streams_requests or call.streams_responses
        return self._limits.stream if streams else self._limits.unary
