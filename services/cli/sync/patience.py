"""How long a client keeps trying while a server is away."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Final, TypeVar

import grpc

from services.cli.failures import detail_of, told_by_service

T = TypeVar("T")

_PASSING: Final = frozenset(
    {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.ABORTED, grpc.StatusCode.DEADLINE_EXCEEDED}
)
_BROKEN_CONNECTION: Final = frozenset(
    {grpc.StatusCode.CANCELLED, grpc.StatusCode.UNKNOWN, grpc.StatusCode.INTERNAL}
)
"""What a connection that breaks in the middle of a stream may show as."""


def may_pass(error: grpc.aio.AioRpcError) -> bool:
    """Tell whether the same call may succeed later."""
    if error.code() in _BROKEN_CONNECTION:
        return not told_by_service(error)
    if error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED:
        return detail_of(error).retry_after_seconds > 0
    return error.code() in _PASSING


@dataclass(slots=True)
class Patience:
    """Exponential back-off with jitter; it ends when nothing has gone forward for `limit` seconds."""

    limit: float = 120.0
    first: float = 0.2
    longest: float = 5.0
    _attempts: int = 0
    _waited: float = 0.0

    def progressed(self) -> None:
        """Begin anew: something went forward."""
        self._attempts, self._waited = 0, 0.0

    async def wait(self, error: Exception) -> None:
        """Wait before the next attempt; raise the error once patience is at its end."""
        if self._waited >= self.limit:
            raise error
        backoff = min(self.longest, self.first * 2**self._attempts)
        # Jitter on what the server asks for too: it told many the same.
        asked = 2 * min(_asked_for(error), 60.0)
        delay = max(backoff, asked) * random.uniform(0.5, 1.0)  # noqa: S311
        self._attempts += 1
        self._waited += delay
        await asyncio.sleep(delay)

    async def calling(self, call: Callable[[], Awaitable[T]]) -> T:
        """Make a call until it succeeds or fails for good."""
        while True:
            try:
                return await call()
            except grpc.aio.AioRpcError as error:
                if not may_pass(error):
                    raise
                await self.wait(error)


def _asked_for(error: Exception) -> float:
    """Return the seconds that a server asked for with its error; 0 where it did not."""
    return detail_of(error).retry_after_seconds if isinstance(error, grpc.aio.AioRpcError) else 0.0
