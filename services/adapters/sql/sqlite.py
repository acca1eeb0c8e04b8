"""SQLite: write-ahead log, every commit on the disk before it is acknowledged, deleted rows overwritten."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Table, event
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine
from sqlalchemy.pool import AsyncAdaptedQueuePool

from services.adapters.sql.driver import connect
from services.adapters.sql.store import SqlRowStore
from services.adapters.sql.tables import METADATA
from services.domain.errors import Unavailable

READERS = 4
BUSY_TIMEOUT = 10_000
"""Milliseconds to wait for another process that writes."""

_PRAGMAS = (
    f"PRAGMA busy_timeout = {BUSY_TIMEOUT}",
    "PRAGMA journal_mode = WAL",
    "PRAGMA synchronous = FULL",
    "PRAGMA secure_delete = ON",
    "PRAGMA foreign_keys = ON",
    "PRAGMA temp_store = MEMORY",
)


async def open_sqlite(path: Path, tables: Sequence[Table] | None = None) -> SqlRowStore:
    """Open a database file, making it (readable by this user alone) and its tables where they are missing.

    Args:
        path: The file.
        tables: Those of `METADATA` that it holds; None for all.
    """
    await asyncio.to_thread(_touch, path)
    writer = _engine(path, 1, "BEGIN IMMEDIATE")
    async with writer.begin() as connection:
        await connection.run_sync(METADATA.create_all, tables)
    readers = _engine(path, READERS, "BEGIN", "PRAGMA query_only = ON")
    return SqlRowStore(readers, writer, lambda: asyncio.to_thread(_purge, path))


def _touch(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o600)


def _engine(path: Path, connections: int, begin: str, *pragmas: str) -> AsyncEngine:
    engine = create_async_engine(
        "sqlite+aiosqlite://",
        async_creator=partial(connect, path),
        poolclass=AsyncAdaptedQueuePool,
        pool_size=connections,
        max_overflow=0,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def configure(connection: Any, _: Any) -> None:
        cursor = connection.cursor()
        for pragma in (*_PRAGMAS, *pragmas):
            cursor.execute(pragma)
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def open_transaction(connection: Any) -> None:
        connection.connection.driver_connection.begin(begin)

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
