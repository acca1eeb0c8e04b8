"""SQLite: write-ahead log, every commit on the disk before it is acknowledged, deleted rows overwritten."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, closing
from pathlib import Path
from typing import Any, Final

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from services.adapters.sql.migrate import bring_up_to_date
from services.adapters.sql.store import SqlRowStore, translated
from services.adapters.sql.tables import Part
from services.domain.errors import Unavailable

READERS: Final = 4
BUSY_TIMEOUT: Final = 10_000
"""Milliseconds to wait for another process that writes."""

_PRAGMAS: Final = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
)


class SqliteDatabase:
    """Fulfils `database.Database`.

    Writers queue in this process before they queue in the database, where waiting costs a poll. Nobody else
    writes meanwhile, so that owners need no turns.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._turn = asyncio.Lock()
        self.readers = _engine(path, READERS, "BEGIN", "PRAGMA query_only = ON")
        self.writers = _engine(path, 1, "BEGIN IMMEDIATE")

    @asynccontextmanager
    async def queue(self) -> AsyncIterator[None]:
        """Wait for the turn to write."""
        async with self._turn:
            yield

    async def take_turn(self, connection: AsyncConnection, owner: str) -> None:
        """Whoever writes writes alone."""

    async def purge(self, owner: str | None) -> None:
        """Write the database anew, and with it everybody's rows."""
        await asyncio.to_thread(_purge, self._path)


async def open_sqlite(path: Path, parts: Sequence[Part] = tuple(Part)) -> SqlRowStore:
    """Open a database file, making it (readable by this user alone) or its tables new where they are not.

    Args:
        path: The file.
        parts: What it holds.

    Raises:
        FailedPrecondition: A newer version of this program wrote it.
    """
    await migrate_sqlite(path, parts)
    return SqlRowStore(SqliteDatabase(path))


async def migrate_sqlite(path: Path, parts: Sequence[Part]) -> bool:
    """Make or change the tables of a file; tell whether anything was; raises as `open_sqlite` does."""
    await asyncio.to_thread(_touch, path)
    # Where a migration rebuilds a table, an enforced foreign key would empty those that refer to it.
    migrating = _engine(path, 1, "BEGIN IMMEDIATE", "PRAGMA foreign_keys = OFF")
    try:
        async with translated(), migrating.begin() as connection:
            return await connection.run_sync(bring_up_to_date, parts, str(path))
    finally:
        await migrating.dispose()


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _engine(path: Path, connections: int, begin: str, *pragmas: str) -> AsyncEngine:
    engine = create_async_engine(
        f"sqlite+aiosqlite:///{path}",
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        connection.isolation_level = None  # transactions begin when we say so, not when the driver guesses
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *pragmas):
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def open_transaction(connection: Any) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _purge(path: Path) -> None:
    """Overwrite what was deleted: write the database anew, then empty the log that has its old pages.

    secure_delete alone is not enough: where SQLite balances its trees, pieces of rows stay in the gaps of
    pages that live on.
    """
    try:
        with closing(sqlite3.connect(path, timeout=BUSY_TIMEOUT / 1000, isolation_level=None)) as connection:
            for pragma in _PRAGMAS:
                connection.execute(pragma)
            connection.execute("PRAGMA temp_store = FILE")  # a copy of everything has no place in memory
            connection.execute("VACUUM")
            busy, _, _ = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error as error:
        raise Unavailable("the database is busy or its disk is full; erase again") from error
    if busy:
        raise Unavailable("a reader keeps the old state of the database; erase again")
