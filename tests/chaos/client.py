"""A client that syncs a folder again and again, until it is killed, or once.

Run as `python -m tests.chaos.client FOLDER ADDRESS DATA LEDGER [once]`. Says on its standard output what it
could not upload.
"""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path

from services.cli.failures import CommandError
from services.cli.session import open_session, token_source
from services.cli.sync.outcome import Outcome
from services.cli.sync.sync import Sync
from services.rpc.data_folder import DataFolder
from tests.chaos.ledger import Ledger
from tests.chaos.recording import recorded

OWNER = "me"
BEGUN = "a sync begins"
PATIENCE = 20.0
LAST_PATIENCE = 120.0
"""Seconds that one sync waits for a server that is away; the last one as long as people's do."""


class Silence:
    """Shows no progress."""

    def found(self, size: int) -> None: ...

    def done(self, size: int) -> None: ...


async def sync(folder: Path, address: str, data: Path, ledger: Ledger, patience: float) -> Outcome:
    """Sync the folder once, on a connection of its own."""
    async with open_session(address, token_source(DataFolder(data), OWNER)) as session:
        print(BEGUN, flush=True)
        return await Sync(recorded(session, ledger), folder, Silence(), patience).run()


async def main(folder: Path, address: str, data: Path, ledger: Ledger, *, once: bool) -> int:
    """Sync; return how many files were left by the last sync."""
    while True:
        try:
            outcome = await sync(folder, address, data, ledger, LAST_PATIENCE if once else PATIENCE)
        except CommandError as error:
            print(f"stopped: {error}", flush=True)
            if once:
                return 1
        else:
            for path, reason in outcome.failed.items():
                print(f"refused: {path}: {reason}", flush=True)
            if once:
                return len(outcome.failed) + outcome.in_flux
        await asyncio.sleep(0.1)


if __name__ == "__main__":
    places = [Path(sys.argv[1]), sys.argv[2], Path(sys.argv[3]), Ledger(Path(sys.argv[4]))]
    sys.exit(asyncio.run(main(*places, once="once" in sys.argv[5:])))  # type: ignore[arg-type]
