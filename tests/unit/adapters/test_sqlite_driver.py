"""The SQLite driver: rows come with their statement, and a transaction begins with its first one."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services.adapters.sql.driver import OneTripConnection, connect


@pytest.fixture
async def connection(tmp_path: Path) -> AsyncIterator[OneTripConnection]:
    opened = await connect(tmp_path / "some.db")
    await opened.cursor().execute("CREATE TABLE kept (name TEXT PRIMARY KEY)")
    yield opened
    await opened.close()


async def names(connection: OneTripConnection) -> list[str]:
    cursor = await connection.cursor().execute("SELECT name FROM kept ORDER BY name")
    return [name for (name,) in await cursor.fetchall()]


async def test_rows_are_there_with_the_statement_and_once(connection: OneTripConnection) -> None:
    many = await connection.cursor().executemany("INSERT INTO kept VALUES (?)", [("a",), ("b",)])
    assert many.rowcount == 2
    async with connection.cursor() as cursor:
        assert cursor.description is None
        await cursor.execute("SELECT name FROM kept WHERE name > ?", ("a",))
        assert [column[0] for column in cursor.description] == ["name"]
        assert await cursor.fetchall() == [("b",)]
        assert await cursor.fetchall() == []


async def test_what_was_begun_is_committed_or_undone(connection: OneTripConnection) -> None:
    for name, ending in (("kept", connection.commit), ("undone", connection.rollback)):
        connection.begin("BEGIN IMMEDIATE")
        await connection.cursor().execute("INSERT INTO kept VALUES (?)", (name,))
        await ending()
    assert await names(connection) == ["kept"]


async def test_a_transaction_without_a_statement_locks_nobody_out(
    connection: OneTripConnection, tmp_path: Path
) -> None:
    connection.begin("BEGIN IMMEDIATE")
    other = sqlite3.connect(tmp_path / "some.db", timeout=0, isolation_level=None)
    other.execute("INSERT INTO kept VALUES ('other')")
    other.close()
    await connection.commit()
    assert await names(connection) == ["other"]


async def test_a_first_statement_that_fails_is_in_the_transaction_that_is_undone(
    connection: OneTripConnection,
) -> None:
    await connection.cursor().execute("INSERT INTO kept VALUES ('a')")
    connection.begin("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.IntegrityError):
        await connection.cursor().execute("INSERT INTO kept VALUES ('a')")
    assert await connection.run(lambda driver: driver.in_transaction)
    await connection.rollback()
    assert not await connection.run(lambda driver: driver.in_transaction)
