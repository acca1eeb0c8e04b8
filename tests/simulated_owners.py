"""Owners of a shared database, with libraries as they are simulated, stored where schedulers find them."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg

from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.database_choice import DatabaseHost
from services.adapters.local import open_local
from services.adapters.sql.postgres import SCHEMA_OF
from services.adapters.sql.tables import Part
from services.domain.accounts import ACCOUNT_ID, Planned
from services.domain.consent import Scope
from services.domain.facets import Content, Description, Faces, Facet, Location, Original, Tag
from services.domain.identity import OwnerId, original_key
from services.domain.library import LibraryAsset
from services.domain.messages import Consumer, Message, MessageType
from services.domain.records import AssetState, Kind
from services.rpc.settings import BusSettings
from tests.stored_library import StoredLibrary


@asynccontextmanager
async def opened(environment: Mapping[str, str]) -> AsyncIterator[Ports]:
    """Open what services with this environment share."""
    access = BusSettings(
        token_file=Path(environment["STORYROLL_NATS_TOKEN_FILE"]), prefix=environment["STORYROLL_NATS_PREFIX"]
    )
    async with open_local(
        Path(environment["STORYROLL_DATA"]),
        SystemClock(),
        database=DatabaseHost(environment["STORYROLL_DATABASE"]),
        bus=access.host(environment["STORYROLL_BUS"]),
    ) as ports:
        yield ports


async def store(ports: Ports, owner: OwnerId, assets: Sequence[LibraryAsset]) -> None:
    """Let an owner allow everything, and store what was seen in their pictures, in one transaction."""
    await StoredLibrary.over(ports, owner).grant(*Scope)
    async with ports.catalog.transaction(owner) as tx:
        for asset in assets:
            facets = _facets(owner, asset)
            await tx.put(Kind.ASSET, asset.id, *facets, time=asset.capture_time, state=AssetState.ANALYSED)
        message = Message.of(MessageType.ASSET_ANALYSED, owner, assets[-1].id, ports.clock.now())
        await tx.publish(message)


async def change(ports: Ports, owner: OwnerId) -> None:
    """Say that something changed, so that the owner is planned from nothing."""
    async with ports.catalog.transaction(owner) as tx:
        await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, owner, ports.clock.now()))


async def planned(ports: Ports, owner: OwnerId) -> bool:
    """Tell whether an owner has ever been planned."""
    return (await ports.catalog.get(owner, Kind.ACCOUNT, ACCOUNT_ID)).get(Planned) is not None


async def shares(database: str) -> list[int]:
    """Return how many partitions each scheduler holds."""
    connection = await asyncpg.connect(database)
    try:
        schema = SCHEMA_OF[Part.CATALOG]
        held = await connection.fetch(f"SELECT holder FROM {schema}.leases WHERE holder <> ''")
    finally:
        await connection.close()
    return sorted(Counter(row["holder"] for row in held).values())


async def waiting(ports: Ports) -> int:
    """Return how many messages to schedulers are not done."""
    return await ports.bus.pending(Consumer.SCHEDULER)


def _facets(owner: OwnerId, asset: LibraryAsset) -> list[Facet]:
    """Return an asset as it is stored, but for who is in it: that is found when it is planned."""
    key = original_key(owner, asset.id)
    facets: list[Facet] = [
        Original(
            asset.filename, asset.filename, "image/jpeg", asset.kind, 0, bytes(32), key, asset.capture_time
        ),
        Description(
            asset.capture_time,
            asset.capture_time_source,
            width=asset.width,
            height=asset.height,
            camera=asset.camera,
            perceptual_hash=asset.perceptual_hash,
            duplicate_of=asset.duplicate_of,
            screenshot=asset.screenshot,
        ),
    ]
    if asset.coordinates:
        facets.append(Location(asset.coordinates, asset.place))
    if asset.faces:
        facets.append(Faces(asset.faces))
    if asset.embedding is not None:
        tags, themes = (tuple(Tag(*tag) for tag in named) for named in (asset.tags, asset.themes))
        facets.append(Content(tags, themes, asset.embedding, asset.quality or 0.0, asset.sensitive))
    return facets
