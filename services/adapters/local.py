"""All ports of one process: database, outbox, blobs and models where they are wanted."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path
from typing import Final

from inference_core.isolation import IsolatedPool
from inference_core.observe import Observer, Unobserved
from services.adapters.blob_host import BlobHost, Blobs, open_blobs
from services.adapters.bundle import Ports
from services.adapters.bus_choice import BusHost
from services.adapters.bus_host import Wires, open_wires
from services.adapters.clock import SystemClock
from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import Database, open_database
from services.adapters.gazetteer import OfflineGazetteer
from services.adapters.holidays import OfflineHolidays
from services.adapters.key_folder import KeyFolder
from services.adapters.leases import SharedLeases, SoleLeases
from services.adapters.media_files.probe import IsolatedMediaProbe
from services.adapters.memory import MemoryBlobStore, MemoryRowStore
from services.adapters.reachable import Reachable
from services.adapters.redaction.location import IsolatedLocationStripper
from services.adapters.renderer import IsolatedRenderer
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.vault import SealedVault
from services.adapters.signals import LocalSignals
from services.adapters.vision_host import open_vision
from services.domain.ports import Clock, WorkObserver
from services.domain.ports import Unobserved as UnobservedWork

_RENDERING_LIMIT: Final = 900.0
"""Seconds that one rendering may take."""


@asynccontextmanager
async def open_local(
    folder: Path,
    clock: Clock,
    vision: str = "local",
    observer: Observer = Unobserved(),
    *,
    blobs: BlobHost = BlobHost(),
    database: DatabaseHost = DatabaseHost(),
    bus: BusHost = BusHost(),
    work: WorkObserver = UnobservedWork(),
) -> AsyncIterator[Ports]:
    """Open everything that one process needs below a folder.

    No other process may use the folder meanwhile, unless the database is a server that several share. What an
    earlier process left when it was killed is put right first: its plaintext files are removed, and its
    messages delivered again; where others may have them, they come again when their leases end. Raises
    FailedPrecondition where others may read the keys or the tables are not those of this program,
    Unavailable where a server does not answer or the models have nowhere to run.

    Args:
        folder: Where everything is.
        clock: Tells the time.
        vision: Where the models run; see `open_vision`.
        observer: Is told what the inference core does.
        blobs: Where originals are kept; see `open_blobs`.
        database: Where records and keys are kept; see `open_database`.
        bus: How services hear of each other; see `open_wires`.
        work: Is told what services do.
    """
    async with AsyncExitStack() as stores:
        opened = await stores.enter_async_context(open_blobs(blobs, folder))
        kept = await stores.enter_async_context(open_database(database, folder))
        wires = await stores.enter_async_context(open_wires(bus, folder))
        yield await stores.enter_async_context(
            _opened(folder, kept, opened, wires, clock, vision_host=vision, observer=observer, work=work)
        )


@asynccontextmanager
async def open_memory(folder: Path, clock: Clock) -> AsyncIterator[Ports]:
    """Open the same with catalog and blobs in memory; keys and short-lived files go below the folder."""
    rows, blobs = MemoryRowStore(), Blobs(MemoryBlobStore())
    kept = Database(rows, rows, shared=False)
    wires = Wires(LocalSignals())
    async with _opened(
        folder,
        kept,
        blobs,
        wires,
        clock,
        vision_host="local",
        observer=Unobserved(),
        work=UnobservedWork(),
    ) as ports:
        yield ports


@asynccontextmanager
async def _opened(
    folder: Path,
    database: Database,
    blobs: Blobs,
    wires: Wires,
    clock: Clock,
    *,
    vision_host: str,
    observer: Observer,
    work: WorkObserver,
) -> AsyncIterator[Ports]:
    keys, scratch = KeyFolder(folder / "keys"), ScratchSpace(folder / "scratch")
    await asyncio.to_thread(scratch.sweep)
    async with AsyncExitStack() as resources:
        pool = resources.enter_context(IsolatedPool(workers=max(2, os.cpu_count() or 2)))
        rendering = resources.enter_context(IsolatedPool(timeout=_RENDERING_LIMIT))
        opening = open_vision(vision_host, pool, folder / "triton.log", observer)
        vision = await resources.enter_async_context(opening)
        keyring = await keys.keyring(database.keys, shared=database.shared)
        bus = await resources.enter_async_context(wires.bus(database.rows, alone=not database.shared))
        shared = database.shared
        leases = SharedLeases(database.rows, SystemClock()) if shared else SoleLeases(database.rows)
        yield Ports(
            catalog=SealedCatalog(database.rows, keyring, wires.signals),
            keyring=keyring,
            vault=SealedVault(blobs.store, keyring, scratch),
            bus=bus,
            leases=leases,
            signals=wires.signals,
            clock=clock,
            signer=await keys.signer(),
            stripper=IsolatedLocationStripper(pool),
            probe=IsolatedMediaProbe(pool),
            gazetteer=OfflineGazetteer(),
            holidays=OfflineHolidays(),
            vision=vision,
            renderer=IsolatedRenderer(rendering, folder / "scratch"),
            landing=blobs.landing,
            reachable=Reachable(database.rows, blobs.store),
            observer=work,
            page_secret=await keys.page_secret(),
        )
