"""Ending tasks that run until they are cancelled."""

from __future__ import annotations

import asyncio
from typing import Any, Final

_AGAIN_S: Final = 0.2


async def cancelled(*tasks: asyncio.Task[Any] | None) -> None:
    """Cancel tasks, and return once they have ended, however they did.

    A task is cancelled until it notices: before Python 3.12 `asyncio.wait_for` loses a cancellation that
    comes together with what it waits for, and clients that wait for answers are full of it.
    """
    going_on = {task for task in tasks if task and not task.done()}
    while going_on:
        for task in going_on:
            task.cancel()
        _, going_on = await asyncio.wait(going_on, timeout=_AGAIN_S)
    await asyncio.gather(*filter(None, tasks), return_exceptions=True)
