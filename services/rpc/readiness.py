"""What health says: that the process lives, and whether calls should be sent to it.

The empty service name stands for life: it is answered for as long as the event loop turns, while draining
too. Every service of the process, and READY for whoever knows none of their names, stand for readiness.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from grpc_health.v1 import health, health_pb2

from services.domain.errors import StoryrollError
from services.domain.tasks import cancelled

READY: Final = "storyroll.ready"
"""The service name that probes ask for readiness."""

Reachable = Callable[[], Awaitable[None]]
"""Returns where every store answers; raises a domain error."""

_SERVING = health_pb2.HealthCheckResponse.SERVING
_NOT_SERVING = health_pb2.HealthCheckResponse.NOT_SERVING
_EVERY_S: Final = 5.0
_ANSWER_S: Final = 4.0

_log = logging.getLogger(__name__)


class Readiness:
    """Keeps what a health servicer says of the services of one process."""

    def __init__(
        self, servicer: health.aio.HealthServicer, names: Sequence[str], reachable: Reachable
    ) -> None:
        self._servicer = servicer
        self._names = (*names, READY)
        self._reachable = reachable
        self._ready: bool | None = None
        self._watching: asyncio.Task[None] | None = None

    async def begin(self) -> None:
        """Look at the stores now, and again every few seconds."""
        await self._look()
        self._watching = asyncio.create_task(self._watch())

    async def end(self) -> None:
        """Say that no call should come any more."""
        await cancelled(self._watching)
        await self._say(ready=False)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_EVERY_S)
            await self._look()

    async def _look(self) -> None:
        try:
            async with asyncio.timeout(_ANSWER_S):
                await self._reachable()
        except (StoryrollError, TimeoutError) as error:
            _log.warning("not ready: %s", error or "a store does not answer")
            await self._say(ready=False)
        else:
            await self._say(ready=True)

    async def _say(self, *, ready: bool) -> None:
        if ready == self._ready:
            return
        self._ready = ready
        for name in self._names:
            await self._servicer.set(name, _SERVING if ready else _NOT_SERVING)


async def always() -> None:
    """Be reachable: for services that need no store."""
