"""What one photo and one plan cost the services behind uploads, in CPU time, for the page on capacity.

Run: python -m tests.bench.scale.stages
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from datetime import date
from pathlib import Path
from typing import Final

from inference_core.isolation import IsolatedPool
from services.adapters.clock import FixedClock
from services.adapters.database_choice import DatabaseHost
from services.adapters.gazetteer import OfflineGazetteer
from services.adapters.local import open_local
from services.adapters.media_files.probe import IsolatedMediaProbe
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.messages import Message, MessageType
from services.domain.records import AssetState
from services.domain.stories.plan import plan
from services.metadata.describe import DescribeAsset
from services.scheduler.read_library import read_library
from tests import postgres_server
from tests.bench.camera_photos import camera_photos
from tests.bench.scale.filling import Shelves
from tests.bench.vision.cpu import tree_seconds
from tests.stored_library import ANA, NOW, StoredLibrary

DESCRIBED: Final = 60
READ: Final = 10_000
"""Photos of the library that is read and planned: three years at ten a day."""


async def _spent(work: Callable[[], Awaitable[object]], process: int | None = None) -> float:
    """Return the CPU seconds that a process (None: this one) and its children take for it."""
    before = tree_seconds(process)
    await work()
    return tree_seconds(process) - before


async def describing(folder: Path) -> float:
    """Return the core milliseconds of describing a photo of 12 megapixels, the catalog in memory."""
    photos = camera_photos()
    with IsolatedPool(workers=2) as pool:
        library = StoredLibrary.in_memory(folder)
        await library.grant(*Scope)
        for number in range(DESCRIBED):
            data = photos[number % len(photos)] + bytes([number])
            await library.add(f"asset{number}", NOW, data=data, state=AssetState.STORED)
        probe = IsolatedMediaProbe(pool)
        describe = DescribeAsset(library.catalog, library.vault, probe, OfflineGazetteer(), library.clock)

        async def some(numbers: range) -> None:
            for number in numbers:
                await describe(Message.of(MessageType.ASSET_STORED, ANA, f"asset{number}", NOW))

        await some(range(10))  # starts the workers
        return await _spent(lambda: some(range(10, DESCRIBED))) / (DESCRIBED - 10) * 1e3


async def planning(url: str, postgres: int, folder: Path) -> tuple[float, float, float]:
    """Return core milliseconds a photo: of reading a library here, in PostgreSQL, and of planning it."""
    (folder / "keys").mkdir(mode=0o700, parents=True)
    await Shelves(url, folder / "keys").fill([OwnerId("owner")], (), READ, 1)
    async with open_local(folder, FixedClock(NOW), database=DatabaseHost(url)) as ports:
        await read_library(ports.catalog, OwnerId("owner"))
        before = tree_seconds(postgres)
        here = await _spent(lambda: read_library(ports.catalog, OwnerId("owner")))
        there = tree_seconds(postgres) - before
        library = (await read_library(ports.catalog, OwnerId("owner"))).library
        planned = await _spent(lambda: asyncio.to_thread(plan, library, date(2026, 11, 2), 0))
    return here / READ * 1e3, there / READ * 1e3, planned / READ * 1e3


def main() -> None:
    """Print the figures."""
    with tempfile.TemporaryDirectory(prefix="storyroll-bench-") as name, asyncio.Runner() as runner:
        folder = Path(name)
        print(f"describing: {runner.run(describing(folder / 'described')):.1f} core ms a photo")
        with postgres_server.running(folder / "postgres") as server:
            lent = postgres_server.fresh_database(server.url)
            url = runner.run(lent.__aenter__())
            here, there, planned = runner.run(planning(url, server.process.pid or 0, folder / "read"))
            runner.run(lent.__aexit__(None, None, None))
        print(f"reading a library: {here:.3f} core ms a photo in the service, {there:.3f} in PostgreSQL")
        print(f"planning it from nothing: {planned:.3f} core ms a photo")


if __name__ == "__main__":
    main()
