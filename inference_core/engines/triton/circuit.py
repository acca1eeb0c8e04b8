"""A model that is away is not asked by every photo, but now and then by one probe."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Awaitable, Callable

from inference_core.engines.triton.failures import CallFailed, NoAnswer
from inference_core.errors import EngineUnavailable

_log = logging.getLogger(__name__)

_FIRST_PAUSE = 0.25
_LONGEST_PAUSE = 2.0
"""Seconds between probes: a server that was restarted is back in one or two."""


class Circuit:
    """Lets calls of one model through until it is opened, and again once a probe has succeeded.

    Args:
        model: Its name, to be told to callers.
        probe: Runs a real inference: a server may say that it is ready and still answer nothing.
    """

    def __init__(self, model: str, probe: Callable[[], Awaitable[None]]) -> None:
        self._model = model
        self._probe = probe
        self._failure: CallFailed = NoAnswer()
        self._pause = 0.0
        self._mending: asyncio.Task[None] | None = None

    def check(self) -> None:
        """Raise EngineUnavailable while the model is away."""
        if self._mending:
            raise self._unavailable()

    def open(self, failure: CallFailed) -> EngineUnavailable:
        """Let no call through from now on, begin to probe, and return the error to raise."""
        self._failure = failure
        if self._mending is None:
            _log.warning("the model %s is away: %s", self._model, failure)
            self._pause = _FIRST_PAUSE
            self._mending = asyncio.create_task(self._mend())
        return self._unavailable()

    async def close(self) -> None:
        """Stop probing."""
        if self._mending:
            self._mending.cancel()
            await asyncio.wait([self._mending])

    def _unavailable(self) -> EngineUnavailable:
        return EngineUnavailable(
            f"the model {self._model} cannot be run now: {self._failure.public}",
            retry_after=max(self._pause, 1.0),
        )

    async def _mend(self) -> None:
        while True:
            await asyncio.sleep(self._pause * random.uniform(0.5, 1.0))  # noqa: S311 - spreads load only
            try:
                await self._probe()
            except CallFailed as error:
                self._failure = error
                self._pause = min(self._pause * 2, _LONGEST_PAUSE)
            else:
                break
        _log.warning("the model %s is back", self._model)
        self._mending = None
