"""A real S3 server for the tests: SeaweedFS from its wheel, one for all of them."""

from __future__ import annotations

import asyncio
import secrets
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import pytest

from services.adapters.s3.access import S3Place, S3Server
from services.adapters.s3.client import S3Client
from services.adapters.seaweedfs.install import install_seaweedfs
from services.adapters.seaweedfs.server import SeaweedServer, seaweedfs
from services.domain.errors import FailedPrecondition


def installed() -> Path:
    """Return the server's program; skips the test, saying why, where it cannot be had."""
    try:
        return install_seaweedfs()
    except FailedPrecondition as error:
        pytest.skip(f"no S3 server: {error}")


@contextmanager
def running(folder: Path) -> Iterator[SeaweedServer]:
    """Run a server beside the tests' own event loops, in one of its own."""
    program, ready, stop = installed(), threading.Event(), asyncio.Event()
    started: list[SeaweedServer] = []
    loop = asyncio.new_event_loop()

    async def serve() -> None:
        try:
            async with seaweedfs(program, folder) as server:
                started.append(server)
                ready.set()
                await stop.wait()
        finally:
            ready.set()

    thread = threading.Thread(target=lambda: loop.run_until_complete(serve()))
    thread.start()
    try:
        ready.wait()
        assert started, (folder / "server.log").read_text()[-4000:]
        yield started[0]
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join()
        loop.close()


@asynccontextmanager
async def fresh_bucket(server: S3Server) -> AsyncIterator[S3Client]:
    """Open a place of its own in a bucket that all tests share."""
    client = S3Client(server, S3Place("tests", f"{secrets.token_hex(6)}/"))
    await client.open()
    yield client
    client.close()
