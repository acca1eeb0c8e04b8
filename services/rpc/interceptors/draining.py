"""The layer that lets a server stop: endless streams end at once, other calls may finish."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

from services.domain.errors import Unavailable
from services.rpc.interceptors.layered import Call, Context
from services.rpc.policy import ENDLESS


class Draining:
    """Ends endless streams with UNAVAILABLE when the server drains, so that their callers go elsewhere."""

    def __init__(self) -> None:
        self._draining = False
        self._endless: set[asyncio.Task[Any]] = set()

    def begin(self) -> None:
        """Refuse new calls and end the endless ones."""
        self._draining = True
        for task in self._endless:
            task.cancel()

    @asynccontextmanager
    async def __call__(self, call: Call) -> AsyncIterator[None]:
        """Raise Unavailable where a call cannot go on because the server stops."""
        if self._draining:
            raise Unavailable("the server is stopping")
        if call.method not in ENDLESS:
            yield
            return
        task = asyncio.current_task()
        assert task is not None
        self._endless.add(task)
        call.context = cast(Context, _WholeMessages(call.context))
        try:
            yield
        except asyncio.CancelledError:
            if not self._draining:
                raise
            task.uncancel()
            raise Unavailable("the server is stopping") from None
        finally:
            self._endless.discard(task)


class _WholeMessages:
    """A call's context that lets a message go out before its writer may be cancelled.

    Beside a message that is under way gRPC takes no status: the stream would not end, and the server would
    wait for it as long as it ever waits.
    """

    def __init__(self, context: Context) -> None:
        self._context = context

    def __getattr__(self, name: str) -> Any:
        return getattr(self._context, name)

    async def write(self, message: Any) -> None:
        writing = asyncio.ensure_future(self._context.write(message))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await asyncio.wait([writing])
            _disregard(writing)
            raise


def _disregard(ended: asyncio.Future[None]) -> None:
    """Take note of how it ended: asyncio complains of failures that nobody asks for."""
    if not ended.cancelled():
        ended.exception()
