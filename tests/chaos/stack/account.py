"""An owner whose phone takes photos, and who keeps a ledger of what the server says to have."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from storyroll.consent.v1 import consent_pb2

from services.cli.session import Session, open_session, token_source
from services.cli.sync.outcome import Outcome
from services.cli.sync.sync import Sync
from services.domain.identity import OwnerId
from services.rpc.data_folder import DataFolder
from tests.chaos.client import Silence
from tests.chaos.ledger import Ledger
from tests.chaos.photos import CameraRoll
from tests.chaos.recording import recorded

PATIENCE: Final = 120.0
"""Seconds that a sync waits for a server that is away, as people's do."""


@dataclass(frozen=True, slots=True)
class Account:
    """One owner."""

    owner: OwnerId
    roll: CameraRoll
    ledger: Ledger
    session: Session

    async def consent(self) -> None:
        """Allow everything."""
        scopes = consent_pb2.Scope.values()[1:]
        request = consent_pb2.GrantConsentRequest(scopes=scopes, terms_version="1")
        await self.session.consent.GrantConsent(request)

    async def sync(self) -> Outcome:
        """Bring all photos of the roll to the server; raises as a sync does."""
        return await Sync(self.session, self.roll.folder, Silence(), PATIENCE).run()


@asynccontextmanager
async def open_account(
    name: str, folder: Path, data: Path, address: str, seed: int, portraits: tuple[Path, ...]
) -> AsyncIterator[Account]:
    """Connect an owner for as long as the block lasts, with the retries that all our clients have.

    Args:
        name: Of the owner.
        folder: Where their roll and ledger are made.
        data: The server's folder, whose issuer tells who they are.
        address: Where they find the server.
        seed: Of their photos.
        portraits: What some of these show.
    """
    os.environ["STORYROLL_STATE"] = str(folder / "state")  # the journals of syncs: not the user's own
    roll = CameraRoll(folder / f"roll of {name}", seed, portraits)
    ledger = Ledger(folder / f"ledger of {name}")
    async with open_session(address, token_source(DataFolder(data), name)) as session:
        yield Account(OwnerId(name), roll, ledger, recorded(session, ledger))
