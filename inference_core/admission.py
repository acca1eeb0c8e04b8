"""How many pictures are worked on at a time, and whose turn it is."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from inference_core.fair_queue import FairQueue


class FairGate:
    """A semaphore whose waiters take turns by group. Belongs to one event loop."""

    def __init__(self, slots: int) -> None:
        self._free = slots
        self._waiting: FairQueue[asyncio.Future[None]] = FairQueue()

    @asynccontextmanager
    async def slot(self, group: str, priority: float) -> AsyncIterator[None]:
        """Hold one of the slots."""
        await self._enter(group, priority)
        try:
            yield
        finally:
            self._leave()

    async def _enter(self, group: str, priority: float) -> None:
        if self._free:
            self._free -= 1
            return
        turn = asyncio.get_running_loop().create_future()
        self._waiting.push(turn, group, priority)
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave()
            raise

    def _leave(self) -> None:
        while self._waiting:
            turn = self._waiting.pop()
            if not turn.done():
                turn.set_result(None)
                return
        self._free += 1
