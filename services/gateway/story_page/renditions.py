"""Renditions that browsers come back to: a video is fetched in ranges, and must not be rendered for each.

They are in memory only, few and for a short time, so that nothing of a shared story lies on a disk.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable
from typing import Final

from services.rpc.story_viewer import Rendition

LIFETIME: Final = 600.0
"""Seconds for which a rendition is shown again."""
LARGEST: Final = 256 << 20
"""Bytes of all renditions that are kept."""

Render = Callable[[], Awaitable[Rendition]]


class Renditions:
    """The renditions shown lately. Whoever asks has made sure that the token still shows its story."""

    def __init__(self, largest: int = LARGEST, now: Callable[[], float] = time.monotonic) -> None:
        self._largest = largest
        self._now = now
        self._kept: dict[bytes, tuple[float, Rendition]] = {}
        self._turns: dict[bytes, asyncio.Lock] = {}

    async def get(self, token: str, languages: str, render: Render) -> Rendition:
        """Return the rendition; render it where it is not kept, once for all who wait for it."""
        key = hashlib.sha256(f"{token}\0{languages}".encode()).digest()
        turn = self._turns.setdefault(key, asyncio.Lock())
        try:
            async with turn:
                self._forget_old()
                if key not in self._kept:
                    self._kept[key] = (self._now(), await render())
                    self._make_room()
                return self._kept[key][1]
        finally:
            if not turn.locked():
                self._turns.pop(key, None)

    def _forget_old(self) -> None:
        oldest = self._now() - LIFETIME
        self._kept = {key: kept for key, kept in self._kept.items() if kept[0] >= oldest}

    def _make_room(self) -> None:
        """Let go of the oldest, but never of the newest."""
        while len(self._kept) > 1 and sum(len(kept.data) for _, kept in self._kept.values()) > self._largest:
            del self._kept[next(iter(self._kept))]
