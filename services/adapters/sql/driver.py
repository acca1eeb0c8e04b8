"""The SQLite driver: aiosqlite, with one trip to its thread for a statement.

aiosqlite goes to the thread of its connection to make a cursor, to execute, to fetch and to close: four
trips for a SELECT, and each costs more than SQLite needs for a row that is found by its key. SQLAlchemy
fetches all rows at once anyway, so here a cursor is made, executed and read in one trip, and the first
statement of a transaction takes its BEGIN along.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, Self, TypeVar

import aiosqlite

P = ParamSpec("P")
T = TypeVar("T")

_CHUNK = 64
"""Rows that aiosqlite would iterate by; nobody iterates."""


async def connect(path: Path) -> OneTripConnection:
    """Open a database file; transactions begin when they are told to, not when the driver guesses."""
    opened = partial(sqlite3.connect, path, isolation_level=None, check_same_thread=False)
    connection = OneTripConnection(opened, _CHUNK)
    connection._thread.daemon = True  # one that is never closed must not keep the process alive
    await connection
    return connection


class OneTripConnection(aiosqlite.Connection):
    """An aiosqlite connection whose cursors fulfil what SQLAlchemy's dialect asks of them."""

    _begin: str | None = None
    """What opens a transaction that has been begun and has had no statement yet."""

    def cursor(self) -> OneTripCursor:  # type: ignore[override]
        """Return a cursor, which does nothing before it executes."""
        return OneTripCursor(self)

    def begin(self, statement: str) -> None:
        """Open a transaction on the way of its first statement."""
        self._begin = statement

    async def run(
        self,
        function: Callable[Concatenate[sqlite3.Connection, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """Call a function with the driver's connection, in its thread."""
        begin, self._begin = self._begin, None

        def trip(connection: sqlite3.Connection) -> T:
            if begin:
                connection.execute(begin)
            return function(connection, *args, **kwargs)

        result: T = await self._execute(trip, self._conn)  # type: ignore[no-untyped-call]
        return result

    async def commit(self) -> None:
        """Make the transaction durable, if it has had any statement."""
        if self._begin is None:
            await super().commit()
        self._begin = None

    async def rollback(self) -> None:
        """Undo the transaction, if it has had any statement."""
        if self._begin is None:
            await super().rollback()
        self._begin = None


class OneTripCursor:
    """Executes statements and holds all rows of the last one."""

    arraysize = 1

    def __init__(self, connection: OneTripConnection) -> None:
        self._connection = connection
        self._done: sqlite3.Cursor | None = None
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    @property
    def description(self) -> Any:
        """The columns of the rows; None after a statement that returns none."""
        return self._done.description if self._done else None

    @property
    def rowcount(self) -> int:
        """Rows that were changed; −1 where that is no question."""
        return self._done.rowcount if self._done else -1

    @property
    def lastrowid(self) -> int | None:
        """The number of the row that was inserted last."""
        return self._done.lastrowid if self._done else None

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Execute a statement and take in what it returns."""
        self._done, self._rows = await self._connection.run(_executed, statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        """Execute a statement that returns nothing with each of the parameters."""
        self._done = await self._connection.run(sqlite3.Connection.executemany, statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        """Return all rows, once."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Forget the rows; the statement came to its end when they were read."""
        self._done, self._rows = None, []


def _executed(
    connection: sqlite3.Connection, statement: str, parameters: Sequence[Any]
) -> tuple[sqlite3.Cursor, list[Any]]:
    cursor = connection.execute(statement, parameters)
    return cursor, cursor.fetchall() if cursor.description else []
