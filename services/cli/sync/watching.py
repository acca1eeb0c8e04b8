"""Following a folder: at every burst of changes, and again where something was left."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Final

from inference_core.serving.backoff import BackOff

FIRST: Final = 5.0
LONGEST: Final = 900.0
"""Seconds between two tries of what failed."""
LEAST: Final = 10.0
"""Seconds that a try has before it is overtaken by what is new."""

Attempt = Callable[[asyncio.Event], Awaitable[bool]]
"""Returns whether all is done, soon after the event is set: then something newer waits."""


async def follow(
    changes: AsyncIterator[None],
    attempt: Attempt,
    backoff: BackOff | None = None,
    least: float = LEAST,
) -> None:
    """Attempt at once, then whenever something changed, until the changes end.

    Args:
        changes: Yields after every burst.
        attempt: Where it leaves something, it is made again after a while that grows.
        backoff: How long that is.
        least: Seconds after which a change overtakes an attempt that is still at older things.
    """
    backoff = backoff or BackOff(first=FIRST, most=LONGEST)
    heard = asyncio.ensure_future(_next(changes))
    try:
        while True:
            done = await _overtaken(attempt, heard, least)
            await asyncio.wait([heard], timeout=None if done else backoff.after(0.0))
            if done:
                backoff = BackOff(backoff.first, backoff.most, backoff.quiet)
            if heard.done():
                if not heard.result():
                    return
                heard = asyncio.ensure_future(_next(changes))
    finally:
        heard.cancel()
        await asyncio.wait([heard])


async def _overtaken(attempt: Attempt, heard: asyncio.Future[bool], least: float) -> bool:
    """Make an attempt, which a change ends early once it has had its time."""
    overtaken, began = asyncio.Event(), time.monotonic()
    running = asyncio.ensure_future(attempt(overtaken))
    try:
        await asyncio.wait([running, heard], return_when=asyncio.FIRST_COMPLETED)
        if not running.done():
            await asyncio.wait([running], timeout=max(least - (time.monotonic() - began), 0.0))
            overtaken.set()
        return await running
    finally:
        if not running.done():
            running.cancel()
            with suppress(asyncio.CancelledError):
                await running


async def _next(changes: AsyncIterator[None]) -> bool:
    """Wait for a burst; tell whether one came, or the changes have ended."""
    async for _ in changes:
        return True
    return False
