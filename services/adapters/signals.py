"""Signals within one process."""

from __future__ import annotations

import asyncio


class LocalSignals:
    """Fulfils `ports.Signals`: wakes whoever waits at that moment."""

    def __init__(self) -> None:
        self._waiting: dict[str, asyncio.Event] = {}

    def notify(self, topic: str) -> None:
        """Wake whoever waits for the topic."""
        event = self._waiting.pop(topic, None)
        if event:
            event.set()

    async def wait(self, topic: str, timeout: float) -> bool:
        """Wait for the topic; False after `timeout` seconds."""
        event = self._waiting.setdefault(topic, asyncio.Event())
        try:
            async with asyncio.timeout(timeout):
                await event.wait()
        except TimeoutError:
            return False
        return True
