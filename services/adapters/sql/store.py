"""A row store over any SQL database that SQLAlchemy speaks to without blocking."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.adapters.full_disk import no_room
from services.adapters.sql.keys import SqlKeys
from services.adapters.sql.outbox import SqlOutbox
from services.adapters.sql.records import SqlRecords
from services.domain.errors import Unavailable

Purge = Callable[[], Awaitable[None]]
"""Makes deleted rows unreadable on the disk."""


class SqlTransaction:
    """Fulfils `rows.Rows` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self.records = SqlRecords(connection)
        self.keys = SqlKeys(connection)
        self.outbox = SqlOutbox(connection)


class SqlRowStore:
    """Fulfils `rows.RowStore`.

    Writers queue in this process before they queue in the database, where waiting costs a poll.
    """

    def __init__(self, readers: AsyncEngine, writer: AsyncEngine, purge: Purge) -> None:
        self._readers = readers
        self._writer = writer
        self._purge = purge
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[SqlTransaction]:
        """See one consistent state."""
        async with _translated(), self._readers.begin() as connection:
            yield SqlTransaction(connection)

    @asynccontextmanager
    async def write(self) -> AsyncIterator[SqlTransaction]:
        """Change rows, all or nothing."""
        async with self._turn, _translated(), self._writer.begin() as connection:
            yield SqlTransaction(connection)

    async def purge(self) -> None:
        """Make what was deleted unreadable on the disk too."""
        async with self._turn:
            await self._purge()

    async def close(self) -> None:
        """Close all connections."""
        await self._readers.dispose()
        await self._writer.dispose()


@asynccontextmanager
async def _translated() -> AsyncIterator[None]:
    try:
        yield
    except OperationalError as error:
        if getattr(error.orig, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
            raise no_room("the catalog") from error
        raise Unavailable("the database is busy or away") from error
    except PoolTimeout as error:
        raise Unavailable("the database is busy or away") from error
    except SQLAlchemyError as error:
        raise RuntimeError("the database refused a statement, which is a defect of this program") from error
