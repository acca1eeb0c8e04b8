"""Everything that is measured, in one process: it and all that it starts run on the cores that it began on.

Driven by lines of JSON on standard input: see `tests.bench.processes`.
"""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from contextlib import AsyncExitStack
from pathlib import Path
from typing import IO, Any

from inference_core.serving.errors import ServingError
from tests.bench.processes import answer
from tests.bench.vision.contenders import Way
from tests.bench.vision.cpu import tree_cores, tree_seconds
from tests.bench.vision.load import closed_loop, open_loop
from tests.bench.vision.ways import Ways, decoding

Request = dict[str, Any]
Reply = dict[str, Any]


class Worker:
    """Answers the requests of the driver."""

    def __init__(self, ways: Ways) -> None:
        self._ways = ways

    async def open(self, request: Request) -> Reply:
        """Open a way and warm it up; tell why, where there is no server for it."""
        try:
            await self._ways.open(Way(request["way"]))
        except ServingError as error:
            return {"absent": str(error)}
        if astray := tree_cores() - os.sched_getaffinity(0):
            raise RuntimeError(f"what it started may run on other cores, too: {sorted(astray)}")
        return {}

    async def throughput(self, request: Request) -> Reply:
        """Measure photos a second of so many callers, batches by size, CPU seconds a photo, and by stage."""
        way, photos = Way(request["way"]), request["photos"]
        opened = await self._ways.open(way)
        opened.tally.clear()
        before = tree_seconds()
        with decoding(way):
            seconds = await closed_loop(opened.look, request["callers"], photos)
        return {
            "rate": photos / seconds,
            "cpu": (tree_seconds() - before) / photos,
            "batches": dict(opened.tally.batches),
            "stages": {stage: spent / photos for stage, spent in opened.tally.seconds.items()},
        }

    async def latency(self, request: Request) -> Reply:
        """Measure the seconds that each photo takes at so many photos a second."""
        way = Way(request["way"])
        opened = await self._ways.open(way)
        with decoding(way):
            return {"seconds": await open_loop(opened.look, request["rate"], request["photos"])}


async def serve(photos: Sequence[bytes], replies: IO[str]) -> None:
    """Answer until standard input ends."""
    async with AsyncExitStack() as resources:
        worker = Worker(Ways(photos, resources))
        await answer(worker, replies)


def main() -> None:
    """Serve the photos of the folder that the command line names."""
    (folder,) = sys.argv[1:]
    photos = [path.read_bytes() for path in sorted(Path(folder).iterdir())]
    # Libraries write to standard output as they please; the replies need it for themselves.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    asyncio.run(serve(photos, replies))


if __name__ == "__main__":
    main()
