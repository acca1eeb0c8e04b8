"""Where records and keys are kept: in SQLite files, on a PostgreSQL of our own, or on one that is shared."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.adapters.database_choice import POSTGRES, DatabaseHost
from services.adapters.key_folder import KeyFolder, adopt_keys
from services.adapters.postgres.install import POSTGRES as POSTGRES_PROGRAM
from services.adapters.postgres.server import postgres
from services.adapters.rows import RowStore
from services.adapters.sql import Part, SqlRowStore, open_postgres, open_sqlite
from services.adapters.sql.postgres import migrate_postgres
from services.adapters.sql.sqlite import migrate_sqlite
from services.domain.errors import FailedPrecondition


@dataclass(frozen=True, slots=True)
class Database:
    """What is open."""

    rows: RowStore
    keys: RowStore
    """Wrapped data keys."""
    shared: bool
    """Other processes may use it as well."""


@asynccontextmanager
async def open_database(host: DatabaseHost, folder: Path) -> AsyncIterator[Database]:
    """Open the stores; what is kept on this machine is kept below `folder` and made new where it is old.

    Raises:
        FailedPrecondition: The tables are not those of this program, or PostgreSQL cannot be installed or
            run, and what to do.
        Unavailable: The server does not answer.
    """
    async with _server(host, folder) as url:
        if url is None:
            async with _closing(open_sqlite(folder / "catalog.sqlite")) as rows, _folder_keys(folder) as keys:
                await adopt_keys(rows, keys)
                yield Database(rows, keys, shared=False)
        else:
            opening = open_postgres(url, Part.CATALOG, host.pooling, migrate=not host.shared)
            async with _closing(opening) as rows, _server_keys(host, url) as keys:
                yield Database(rows, keys, host.shared)


@asynccontextmanager
async def open_catalog(host: DatabaseHost, folder: Path) -> AsyncIterator[RowStore]:
    """Open the catalog alone, beside servers that use it, without any key.

    Raises:
        FailedPrecondition: There is none, or as `open_database` says.
        Unavailable: The server does not answer.
    """
    path = folder / "catalog.sqlite"
    if not host.shared and host.where != POSTGRES and not await asyncio.to_thread(path.exists):
        raise FailedPrecondition(f"there is no catalog in {folder}; name another folder with --data")
    async with _server(host, folder) as url:
        opening = open_sqlite(path) if url is None else open_postgres(url, Part.CATALOG, host.pooling)
        async with _closing(opening) as rows:
            yield rows


@asynccontextmanager
async def open_data_keys(host: DatabaseHost, folder: Path) -> AsyncIterator[RowStore]:
    """Open the wrapped data keys alone; raises as `open_database` does."""
    async with AsyncExitStack() as opened:
        url = await opened.enter_async_context(_server(host, folder))
        keys = _folder_keys(folder) if url is None else _server_keys(host, url)
        yield await opened.enter_async_context(keys)


async def migrate_database(host: DatabaseHost, folder: Path) -> bool:
    """Make the tables what this program needs; tell whether they were not.

    Any number of processes may ask for it at once. Raises as `open_database` does.
    """
    async with _server(host, folder) as url:
        if url is None:
            paths = {
                folder / "catalog.sqlite": tuple(Part),
                folder / "keys" / "data-keys.sqlite": (Part.KEYS,),
            }
            return any([await migrate_sqlite(path, parts) for path, parts in paths.items()])
        places = {Part.CATALOG: url, Part.KEYS: host.keys or url}
        return any([await migrate_postgres(place, part) for part, place in places.items()])


@asynccontextmanager
async def _server(host: DatabaseHost, folder: Path) -> AsyncIterator[str | None]:
    """Lend the address of the server, for as long as it runs if it is our own; None where there is none."""
    if host.where == POSTGRES:
        program = await asyncio.to_thread(POSTGRES_PROGRAM.install)
        async with postgres(program, folder / "postgres") as server:
            yield server.url
    else:
        yield host.where if host.shared else None


def _folder_keys(folder: Path) -> AbstractAsyncContextManager[SqlRowStore]:
    return _closing(KeyFolder(folder / "keys").open_rows())


def _server_keys(host: DatabaseHost, url: str) -> AbstractAsyncContextManager[SqlRowStore]:
    return _closing(open_postgres(host.keys or url, Part.KEYS, host.pooling, migrate=not host.shared))


@asynccontextmanager
async def _closing(opening: Awaitable[SqlRowStore]) -> AsyncIterator[SqlRowStore]:
    store = await opening
    try:
        yield store
    finally:
        await store.close()
