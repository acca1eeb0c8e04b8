"""A PostgreSQL of our own in trouble, and what it leaves on the disk."""

from __future__ import annotations

import asyncio
import os
import signal
from pathlib import Path

import asyncpg
import pytest

from services.adapters.database_choice import POSTGRES, DatabaseHost, Pooling
from services.adapters.database_host import Database, open_database
from services.adapters.postgres.server import PostgresServer, postgres
from services.adapters.sql import Part, open_postgres
from services.domain.errors import Unavailable
from tests.postgres_server import installed

WRAPPED = bytes(range(7, 71))


async def revision(kept: Database) -> int:
    async with kept.rows.write("ana") as rows:
        return await rows.records.next_revision("ana")


async def eventually(kept: Database) -> int:
    """Ask again as often as it takes, as callers do who are told UNAVAILABLE."""
    while True:
        try:
            return await revision(kept)
        except Unavailable:
            await asyncio.sleep(0.05)


def status_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/status").read_text()
    except FileNotFoundError:
        return ""


async def killed(server: PostgresServer) -> None:
    pid = server.process.pid
    assert pid
    os.kill(pid, signal.SIGKILL)
    while status_of(pid):  # noqa: ASYNC110 - it does not tell
        await asyncio.sleep(0.01)


@pytest.mark.slow
async def test_what_was_acknowledged_outlives_a_kill_and_callers_heal(tmp_path: Path) -> None:
    async with postgres(installed(), tmp_path) as server:
        for part in Part:
            await (await open_postgres(server.url, part, migrate=True)).close()
        async with open_database(DatabaseHost(server.url), tmp_path) as kept:
            assert [await revision(kept) for _ in range(3)] == [1, 2, 3]
            await killed(server)
            with pytest.raises(Unavailable):
                await revision(kept)
            async with asyncio.timeout(30):
                assert await eventually(kept) == 4


@pytest.mark.slow
async def test_a_folder_keeps_a_server_of_its_own(tmp_path: Path) -> None:
    half_made = tmp_path / "postgres" / "data.new"
    half_made.mkdir(parents=True)
    (half_made / "PG_VERSION").write_text("of somebody who was killed")
    for expected in (1, 2):
        async with open_database(DatabaseHost(POSTGRES), tmp_path) as kept:
            assert not kept.shared
            assert await revision(kept) == expected
    assert (tmp_path / "postgres" / "password").stat().st_mode & 0o077 == 0


@pytest.mark.slow
async def test_destroyed_keys_leave_the_tables_and_logs_tell_nothing(tmp_path: Path) -> None:
    async with open_database(DatabaseHost(POSTGRES), tmp_path) as kept:
        for owner in ("ana", "ben"):
            async with kept.keys.write() as rows:
                await rows.keys.add(owner, "faces", WRAPPED + owner.encode())
        async with kept.keys.write() as rows:
            await rows.keys.delete("ana", ["faces"])
        await kept.keys.purge("ana")
        async with kept.keys.read() as left:
            assert [key.owner for key in await left.keys.everybodys()] == ["ben"]
        await kept.rows.purge("ana")
        await kept.rows.purge()
    data = tmp_path / "postgres" / "data" / "base"
    tables = b"".join(path.read_bytes() for path in data.rglob("*") if path.is_file())
    assert WRAPPED + b"ben" in tables
    assert WRAPPED + b"ana" not in tables
    assert "ana" not in (tmp_path / "postgres" / "server.log").read_text()


async def test_who_waits_too_long_is_told_to_come_again(database: str, tmp_path: Path) -> None:
    impatient = DatabaseHost(database, pooling=Pooling(readers=1, writers=2, connect=0.3, lock=0.2))
    async with open_database(impatient, tmp_path) as kept, kept.rows.write("ana"):
        with pytest.raises(Unavailable):
            await revision(kept)
        async with kept.rows.read():
            with pytest.raises(Unavailable):
                async with kept.rows.read():
                    pass


async def test_a_server_that_is_away_is_unavailable(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="does not answer"):
        async with open_database(DatabaseHost("postgresql://u:p@127.0.0.1:9/none"), tmp_path):
            pass


async def test_nobody_gets_in_without_the_password(postgres: str) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(postgres.replace("storyroll:", "storyroll:not-"))


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has something to leave behind")
async def test_root_is_left_behind(postgres: str) -> None:
    control = await asyncpg.connect(postgres)
    (pid,) = await control.fetchrow("SELECT pg_backend_pid()")
    assert "CapEff:\t0000000000000000" in status_of(pid)
    await control.close()
