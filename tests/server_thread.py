"""Servers of our own for the tests, beside their event loops: each in a loop and a thread of its own."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import AbstractAsyncContextManager, contextmanager
from pathlib import Path
from typing import TypeVar

Server = TypeVar("Server")


@contextmanager
def running(opening: AbstractAsyncContextManager[Server], log: Path) -> Iterator[Server]:
    """Run a server as long as the block lasts; where it does not come up, its log is shown."""
    ready, stop = threading.Event(), asyncio.Event()
    started: list[Server] = []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        try:
            async with opening as server:
                started.append(server)
                ready.set()
                await stop.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        ready.wait()
        assert started, log.read_text()[-4000:]
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()
