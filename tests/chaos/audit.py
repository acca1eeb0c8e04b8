"""What must hold once the weather is fair again, found out in the stores themselves."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.adapters.blob_host import BlobHost, open_blobs
from services.adapters.clock import SystemClock
from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import open_catalog
from services.adapters.local import open_local
from services.domain.accounts import AuditAction, AuditEntry
from services.domain.errors import StoryrollError
from services.domain.facets import Original
from services.domain.identity import OwnerId
from services.domain.messages import Consumer
from services.domain.ports import BlobStore, Catalog, Vault
from services.domain.records import AssetState, Kind, Record
from tests.chaos.told_twice import told_twice

_HEADER = 1024
"""Bytes; the coordinates of these photos lie within."""
_DONE = (AuditAction.ASSET_STORED, AuditAction.ASSET_DESCRIBED, AuditAction.ASSET_ANALYSED)


@dataclass(frozen=True, slots=True)
class Findings:
    """Counts; all of them ought to be zero."""

    lost: int
    """Photos that were acknowledged and are not there, or not as they were, or under another id."""
    missing: int
    """Photos of the folder that the last sync left out."""
    doubled: int
    """Records, or steps that were done, beyond one for each photo, and what was made of photos twice."""
    unprocessed: int
    """Photos not analysed, and messages that still wait or are dead."""
    orphans: int
    """Blobs without a record and uploads under way, older than the sweep."""


async def audit(
    data: Path,
    host: BlobHost,
    owner: OwnerId,
    roll: Path,
    said: dict[bytes, set[str]],
    grace: timedelta,
    database: DatabaseHost = DatabaseHost(),
) -> Findings:
    """Look at everything that a server left which was asked to stop.

    Args:
        data: Its folder.
        host: Where its blobs are.
        owner: Whose photos they are.
        roll: The folder of photos.
        said: What was acknowledged: the assets that each SHA-256 was said to be.
        grace: How old an orphan may become.
        database: Where its records are.
    """
    before = datetime.now(UTC) - grace
    async with open_local(data, SystemClock(), blobs=host, database=database) as ports:
        records = await ports.catalog.find(owner, Kind.ASSET)
        kept = await _read_back(ports.vault, owner, records, roll)
        messages = sum([await ports.bus.pending(consumer) for consumer in Consumer])
        steps = await _steps(ports.catalog, owner)
        told = await told_twice(ports.catalog, owner)
    taken = set(await asyncio.to_thread(os.listdir, roll))
    async with open_blobs(host, data) as blobs:
        orphans = await _orphans(blobs.store, owner, records, before)
    again = sum(max(steps[action] - len(records), 0) for action in _DONE)
    unfinished = sum(record.state != AssetState.ANALYSED for record in records)
    return Findings(
        lost=sum({kept.get(sha256, "")} != assets for sha256, assets in said.items()),
        missing=len(taken - {record.require(Original).path for record in records}),
        doubled=len(records) - len(kept) + again + told,
        unprocessed=unfinished + messages + await _dead_letters(database, data),
        orphans=orphans,
    )


async def _read_back(vault: Vault, owner: OwnerId, records: list[Record], roll: Path) -> dict[bytes, str]:
    """Return the assets whose originals read as they were sent, by their SHA-256.

    Coordinates were cut out of some: those are compared with what is left of the photo without them.
    """
    kept: dict[bytes, str] = {}
    for record in records:
        original = record.require(Original)
        sent = (roll / original.path).read_bytes()
        try:
            stored = await vault.read(owner, original.blob_key)
        except StoryrollError:
            continue
        if hashlib.sha256(sent).digest() == original.sha256 and _same_but_coordinates(stored, sent):
            kept[original.sha256] = record.id
    return kept


def _same_but_coordinates(stored: bytes, sent: bytes) -> bool:
    """Tell whether bytes differ, if at all, where coordinates may be: in the header, blanked."""
    if stored == sent:
        return True
    if len(stored) != len(sent) or stored[_HEADER:] != sent[_HEADER:]:
        return False
    header = zip(stored[:_HEADER], sent[:_HEADER], strict=True)
    return not any(kept for kept, given in header if kept != given)


async def _steps(catalog: Catalog, owner: OwnerId) -> Counter[AuditAction]:
    steps: Counter[AuditAction] = Counter()
    for record in await catalog.find(owner, Kind.AUDIT):
        entry = record.require(AuditEntry)
        steps[entry.action] += entry.count
    return steps


async def _orphans(blobs: BlobStore, owner: OwnerId, records: list[Record], before: datetime) -> int:
    named = {record.require(Original).blob_key for record in records}
    ever = datetime(2000, 1, 1, tzinfo=UTC)
    unnamed = [key async for key in blobs.committed(f"{owner}/", ever, before) if key not in named]
    left = [left async for left in blobs.unfinished(f"{owner}/") if left.touched < before]
    return len(unnamed) + len(left)


async def _dead_letters(database: DatabaseHost, data: Path) -> int:
    async with open_catalog(database, data) as rows, rows.read() as tx:
        return sum([len(await tx.outbox.dead(consumer)) for consumer in Consumer])
