"""A client that syncs a folder again and again, until it is killed, or once.

Run as `python -m tests.chaos.client FOLDER ADDRESS DATA LEDGER [once]`. Says on its standard output what it
could not upload.
"""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path

from services.cli.failures import CommandError
from services.cli.session import open_session, token_source
from services.cli.sync.outcome import Outcome
from services.cli.sync.sync import Sync
from services.cli.sync.ways import DirectWay
from services.rpc.data_folder import DataFolder
from tests.chaos.ledger import Ledger
from tests.chaos.recording import recorded

OWNER = "me"
BEGUN = "a sync begins"
PATIENCE = 20.0
LAST_PATIENCE = 120.0
"""Seconds that one sync waits for a server that is away; the last one as long as people's do."""
DIRECT = 0.25
"""How often a sync goes straight to S3."""


class Silence:
    """Shows no progress."""

    def found(self, size: int) -> None: ...

    def done(self, size: int) -> None: ...


def tell(what: str) -> None:
    """Say something in the log."""
    print(what, flush=True)


async def sync(
    folder: Path, address: str, data: Path, ledger: Ledger, patience: float, *, direct: bool
) -> Outcome:
    """Sync the folder once, on connections of its own."""
    async with (
        open_session(address, token_source(DataFolder(data), OWNER)) as session,
        way_to_s3() if direct else nullcontext() as way,
    ):
        tell(BEGUN)
        return await Sync(recorded(session, ledger), folder, Silence(), patience, direct=way).run()


@asynccontextmanager
async def way_to_s3() -> AsyncIterator[DirectWay]:
    # It takes long to load, and most clients are killed young.
    from services.cli.sync.http_storage import http_storage

    async with http_storage() as storage:
        yield DirectWay(storage, tell)


async def main(folder: Path, address: str, data: Path, ledger: Ledger, *, once: bool) -> int:
    """Sync, now and then straight to S3 where there is one; return how many files the last one left."""
    patience = LAST_PATIENCE if once else PATIENCE
    while True:
        try:
            outcome = await sync(folder, address, data, ledger, patience, direct=random.random() < DIRECT)
        except CommandError as error:
            tell(f"stopped: {error}")
            if once:
                return 1
        else:
            for path, reason in outcome.failed.items():
                tell(f"refused: {path}: {reason}")
            if once:
                return len(outcome.failed) + outcome.in_flux
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    places = [Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Ledger(Path(sys.argv[4]))]
    sys.exit(asyncio.run(main(*places, once="once" in sys.argv[5:])))  # type: ignore[arg-type]
