"""Following a folder: at every burst of changes, and again where something was left."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Final

from inference_core.serving.backoff import BackOff

FIRST: Final = 5.0
LONGEST: Final = 900.0
"""Seconds between two tries of what failed."""


async def follow(
    changes: AsyncIterator[None],
    attempt: Callable[[], Awaitable[bool]],
    backoff: BackOff | None = None,
) -> None:
    """Attempt at once, then whenever something changed, until the changes end.

    Args:
        changes: Yields after every burst.
        attempt: Returns whether all is done; where it is not, it is made again after a while that grows.
        backoff: How long that is.
    """
    backoff = backoff or BackOff(first=FIRST, most=LONGEST)
    heard = asyncio.ensure_future(_next(changes))
    try:
        while True:
            delay = None if await attempt() else backoff.after(0.0)
            if delay is None:
                backoff = BackOff(backoff.first, backoff.most, backoff.quiet)
            await asyncio.wait([heard], timeout=delay)
            if heard.done():
                if not heard.result():
                    return
                heard = asyncio.ensure_future(_next(changes))
    finally:
        heard.cancel()
        await asyncio.wait([heard])


async def _next(changes: AsyncIterator[None]) -> bool:
    """Wait for a burst; tell whether one came, or the changes have ended."""
    async for _ in changes:
        return True
    return False
