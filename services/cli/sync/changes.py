"""Hearing of changes in a folder."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

from watchfiles import awatch


@asynccontextmanager
async def heard_from_now(folder: Path) -> AsyncIterator[AsyncIterator[None]]:
    """Listen to a folder; what is lent yields after every burst of changes.

    What changes while nobody asks is kept, so that a sync under way misses nothing. Raises OSError where
    the folder cannot be listened to.
    """
    async with aclosing(awatch(folder)) as changes:
        first = asyncio.ensure_future(anext(changes))
        await asyncio.sleep(0)  # listening begins with the task's first step
        try:
            yield _bursts(first, changes)
        finally:
            first.cancel()
            await asyncio.wait([first])


async def _bursts(first: asyncio.Future[Any], changes: AsyncIterator[Any]) -> AsyncIterator[None]:
    await first
    yield
    async for _ in changes:
        yield
