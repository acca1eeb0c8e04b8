"""The stores of the stack: PostgreSQL, SeaweedFS and NATS of our own, unless others are named."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from inference_core.serving.errors import ServingError
from services.adapters.blob_host import FOLDER, SEAWEEDFS
from services.adapters.bus_choice import NATS, OUTBOX
from services.adapters.database_choice import POSTGRES, SQLITE
from services.adapters.database_host import migrate_database
from services.adapters.envoy.install import ENVOY
from services.adapters.nats.install import NATS_SERVER
from services.adapters.nats.server import nats_server
from services.adapters.postgres.install import POSTGRES as POSTGRES_PROGRAM
from services.adapters.postgres.server import postgres
from services.adapters.s3.access import S3Place
from services.adapters.s3.client import S3Client
from services.adapters.seaweedfs.install import SEAWEEDFS as SEAWEEDFS_PROGRAM
from services.adapters.seaweedfs.server import seaweedfs
from services.cli.needed import ensure, ensure_models, ensure_triton
from services.rpc.alone import Places
from services.rpc.settings import DatabaseSettings

_BUCKET: Final = "storyroll"
# Six processes with two pools each for records and keys stay well below the 200 connections of our server.
_CONNECTIONS: Final = {"STORYROLL_DATABASE_READERS": "4", "STORYROLL_DATABASE_WRITERS": "4"}


@dataclass(frozen=True, slots=True)
class Stores:
    """What runs, and how services find it."""

    environment: dict[str, str]
    logs: dict[str, Path]
    """By the name of the program that writes it."""


def install_programs(places: Places) -> None:
    """Build and install what is missing, once; FailedPrecondition and ModelError say what to do."""
    ensure_models()
    ensure(ENVOY)
    if places.database in (SQLITE, POSTGRES):
        ensure(POSTGRES_PROGRAM)
    if places.blobs in (FOLDER, SEAWEEDFS):
        ensure(SEAWEEDFS_PROGRAM)
    if places.bus in (OUTBOX, NATS):
        ensure(NATS_SERVER)


def triton_or_local() -> str:
    """Return where models run if nobody said: on Triton where it can be had."""
    try:
        ensure_triton()
    except ServingError as error:
        print(f"models run in the inference service, without Triton: {error}", flush=True)
        return "local"
    return "triton"


@asynccontextmanager
async def open_stores(places: Places, folder: Path) -> AsyncIterator[Stores]:
    """Run the stores for as long as the block lasts, with tables that are what this version needs.

    Raises:
        FailedPrecondition: A store cannot be used, and what to do.
        Unavailable: A server does not answer.
    """
    async with AsyncExitStack() as running:
        stores = Stores({}, {})
        await _open_database(places.database, folder, running, stores)
        await _open_blobs(places.blobs, folder, running, stores)
        await _open_bus(places.bus, folder, running, stores)
        yield stores


async def _open_database(where: str, folder: Path, running: AsyncExitStack, stores: Stores) -> None:
    if where in (SQLITE, POSTGRES):
        program = await asyncio.to_thread(POSTGRES_PROGRAM.install)
        stores.logs["postgresql"] = folder / "postgres" / "server.log"
        where = (await running.enter_async_context(postgres(program, folder / "postgres"))).url
        stores.environment.update(_CONNECTIONS)
    stores.environment["STORYROLL_DATABASE"] = where
    await migrate_database(DatabaseSettings().host(where), folder)


async def _open_blobs(where: str, folder: Path, running: AsyncExitStack, stores: Stores) -> None:
    if where not in (FOLDER, SEAWEEDFS):
        stores.environment["STORYROLL_BLOBS"] = where
        return
    program = await asyncio.to_thread(SEAWEEDFS_PROGRAM.install)
    stores.logs["seaweedfs"] = folder / "seaweedfs" / "server.log"
    access = (await running.enter_async_context(seaweedfs(program, folder / "seaweedfs"))).access
    client = S3Client(access, S3Place(_BUCKET))
    try:
        await client.open()  # makes the bucket, before six processes find that there is none
    finally:
        client.close()
    stores.environment.update(
        {
            "STORYROLL_BLOBS": f"s3://{_BUCKET}",
            "STORYROLL_S3_ENDPOINT": access.endpoint,
            "STORYROLL_S3_ACCESS_KEY": access.access_key,
            "STORYROLL_S3_SECRET_KEY": access.secret_key,
            "STORYROLL_S3_REGION": access.region,
        }
    )


async def _open_bus(where: str, folder: Path, running: AsyncExitStack, stores: Stores) -> None:
    if where in (OUTBOX, NATS):
        program = await asyncio.to_thread(NATS_SERVER.install)
        stores.logs["nats"] = folder / "nats" / "server.log"
        access = (await running.enter_async_context(nats_server(program, folder / "nats"))).access
        stores.environment["STORYROLL_NATS_TOKEN"] = access.token
        where = access.url
    stores.environment["STORYROLL_BUS"] = where
