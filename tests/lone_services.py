"""Services as processes of their own, each over the same PostgreSQL and NATS."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from asyncio.subprocess import PIPE, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from services.adapters.bus_choice import Access
from tests.nats_queue import queue_of_its_own

STARTS_S = 120.0
ENDS_S = 30.0


def environment_over(database: str, nats: Access, folder: Path) -> dict[str, str]:
    """Return what every process finds in its environment; keys and the like go below the folder."""
    token = folder / "nats.token"
    token.write_text(nats.token)
    return os.environ | {
        "STORYROLL_DATA": str(folder / "data"),
        "STORYROLL_DATABASE": database,
        "STORYROLL_BUS": nats.url,
        "STORYROLL_NATS_TOKEN_FILE": str(token),
        "STORYROLL_NATS_PREFIX": queue_of_its_own().prefix,
        "STORYROLL_LISTEN": "127.0.0.1:0",
        "STORYROLL_NOTICE_SECONDS": "0.2",
    }


@asynccontextmanager
async def alone(service: str, environment: dict[str, str]) -> AsyncIterator[tuple[Process, str]]:
    """Run a service; yield its process and its address."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", f"services.{service}"), env=environment, stdout=PIPE
    )
    try:
        assert process.stdout
        async with asyncio.timeout(STARTS_S):
            said = (await process.stdout.readline()).decode()
        assert "is ready at" in said, said
        yield process, said.split("ready at ")[1].split(",")[0]
    finally:
        if process.returncode is None:
            process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(ENDS_S):
            await process.wait()
