"""What is away is not asked by every caller, but by one probe, and all who wait learn from it.

Design note. A server that goes away fails many calls within a moment, and those that wait for room meet it
one after the other. If each had patience of its own, a caller could wait for several of them in turn. So the
patience is the outage's: it begins with the first call that failed, whoever comes waits for what is left of
it, and afterwards everybody is told at once.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from inference_core.engines.triton.failures import CallFailed, NoAnswer
from inference_core.errors import EngineUnavailable

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.1
_LONGEST_PAUSE = 1.0
"""Seconds between probes: a server that was restarted is back in one or two."""


class Circuit:
    """Lets calls through until it is opened, and again once a probe has succeeded.

    Belongs to one event loop.

    Args:
        name: Of what may be away, to be told to callers: "the model smile".
        probe: Asks once; raises CallFailed while it is away.
    """

    def __init__(self, name: str, probe: Callable[[], Awaitable[None]]) -> None:
        self._name = name
        self._probe = probe
        self._failure: CallFailed = NoAnswer()
        self._pause = 0.0
        self._until = 0.0
        self._mending: asyncio.Task[None] | None = None

    async def passed(self) -> None:
        """Wait until calls may go; raise EngineUnavailable when the outage's patience is over."""
        while mending := self._mending:
            left = self._until - asyncio.get_running_loop().time()
            if left <= 0 or mending.done():
                raise self.unavailable()
            await asyncio.wait([mending], timeout=left)

    async def mended(self) -> None:
        """Wait for as long as it takes until calls may go."""
        while mending := self._mending:
            await asyncio.shield(mending)

    def open(self, failure: CallFailed, until: float) -> None:
        """Hold calls back from now on, and begin to probe.

        Args:
            failure: What a call met.
            until: On the loop's clock: how long callers wait for it. That of the first failure counts.
        """
        self._failure = failure
        if self._mending is None:
            self._until = until
            self._pause = _FIRST_PAUSE
            self._mending = asyncio.create_task(self._mend())

    def unavailable(self) -> EngineUnavailable:
        """Return the error to raise for callers who wait no longer."""
        return EngineUnavailable(
            f"{self._name} cannot be used now: {self._failure.public}", retry_after=max(self._pause, 1.0)
        )

    async def close(self) -> None:
        """Stop probing; whoever waits is told that it is away."""
        if self._mending:
            self._mending.cancel()
            await asyncio.wait([self._mending])

    async def _mend(self) -> None:
        if not await self._answers():
            _log.warning("%s is away: %s", self._name, self._failure)
            while not await self._answers():
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            _log.warning("%s is back", self._name)
        self._mending = None

    async def _answers(self) -> bool:
        """Probe, and where that fails, pause."""
        try:
            await self._probe()
        except CallFailed as error:
            self._failure = error
            await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load only
            return False
        return True
