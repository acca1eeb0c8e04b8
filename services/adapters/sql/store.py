"""A row store over any SQL database that SQLAlchemy speaks to without blocking."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.adapters.full_disk import no_room
from services.adapters.sql.database import Database
from services.adapters.sql.keys import SqlKeys
from services.adapters.sql.leases import SqlLeases
from services.adapters.sql.outbox import SqlOutbox
from services.adapters.sql.records import SqlRecords
from services.domain.errors import Unavailable

_DISK_FULL: Final = "53100"
_PASSING: Final = ("08", "25P03", "40", "53", "55P03", "57")
"""SQLSTATEs that begin so tell of the moment: connections, timeouts, deadlocks, room, shutdown."""


class SqlTransaction:
    """Fulfils `rows.Rows` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.records = SqlRecords(connection)
        self.keys = SqlKeys(connection)
        self.outbox = SqlOutbox(connection)
        self.leases = SqlLeases(connection)


class SqlRowStore:
    """Fulfils `rows.RowStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """See one consistent state."""
        async with _begun(self._database.readers) as connection:
            yield SqlTransaction(connection)

    @asynccontextmanager
    async def write(self, owner: str | None = None) -> AsyncIterator[SqlTransaction]:
        """Change rows, all or nothing."""
        async with self._database.queue(), _begun(self._database.writers) as connection:
            if owner is not None:
                await self._database.take_turn(connection, owner)
            yield SqlTransaction(connection)

    async def purge(self, owner: str | None = None) -> None:
        """Make what was deleted unreadable on the disk too."""
        async with self._database.queue(), translated():
            await self._database.purge(owner)

    async def close(self) -> None:
        """Close all connections."""
        await self._database.readers.dispose()
        await self._database.writers.dispose()


@asynccontextmanager
async def _begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    async with translated(), connected(engine) as connection, connection.begin():
        yield connection


@asynccontextmanager
async def connected(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """Lend a connection; raise Unavailable where the server does not answer."""
    async with AsyncExitStack() as lent:
        try:
            connection = await lent.enter_async_context(engine.connect())
        except OSError as error:  # which drivers let through from the network
            raise Unavailable("the database does not answer") from error
        yield connection


@asynccontextmanager
async def translated() -> AsyncIterator[None]:
    """Raise Unavailable for what may pass by itself, RuntimeError for what is a defect."""
    try:
        yield
    except SQLAlchemyError as error:
        if _full(error):
            raise no_room("the catalog") from error
        if _passes(error):
            raise Unavailable("the database is busy or away") from error
        raise RuntimeError("the database refused a statement, which is a defect of this program") from error


def _full(error: SQLAlchemyError) -> bool:
    cause = getattr(error, "orig", None)
    full = getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL
    return full or getattr(cause, "sqlstate", None) == _DISK_FULL


def _passes(error: SQLAlchemyError) -> bool:
    if isinstance(error, OperationalError | PoolTimeout):
        return True
    if not isinstance(error, DBAPIError):
        return False
    state: str = getattr(error.orig, "sqlstate", None) or ""
    return error.connection_invalidated or state.startswith(_PASSING)
