"""Tables come from one history, on both databases, whatever was there before."""

from __future__ import annotations

import asyncio
import re
import shutil
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine
from sqlalchemy.ext.asyncio import create_async_engine

from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import migrate_database, open_database
from services.adapters.rows import Change, FacetRow, Selection
from services.adapters.sql import SqlRowStore, migrate, open_postgres, open_sqlite
from services.adapters.sql.migrate import HEADS, _folder
from services.adapters.sql.postgres import SCHEMA_OF, migrate_postgres
from services.adapters.sql.tables import METADATA_OF, PARTITIONS, Part
from services.domain.errors import FailedPrecondition, Unavailable
from tests.postgres_server import fresh_database

BEFORE = Path(__file__).with_name("tables_before_migrations.sql")
MADE_NEWER = "UPDATE alembic_version SET version_num = 'catalog_9999' WHERE version_num LIKE 'catalog%'"
_PARTITION = re.compile(r"_p\d\d$")


def declared(thing: Any, name: str | None, kind: str, reflected: bool, compare_to: object) -> bool:
    """Tell whether a thing is declared by itself: partitions, and keys to them, follow from their tables."""
    if kind == "foreign_key_constraint":
        name = thing.elements[0].target_fullname.partition(".")[0]
    return not (kind in ("table", "foreign_key_constraint") and name and _PARTITION.search(name))


def differences(connection: Connection, *parts: Part) -> list[object]:
    """What would have to be changed in a database for the tables to be as they are declared."""
    opts = {"compare_type": True, "include_object": declared}
    context = MigrationContext.configure(connection, opts=opts)
    return list(compare_metadata(context, [METADATA_OF[part] for part in parts]))


def differences_of_file(path: Path, *parts: Part) -> list[object]:
    engine = create_engine(f"sqlite:///{path}")
    try:
        with engine.connect() as connection:
            return differences(connection, *parts)
    finally:
        engine.dispose()


@asynccontextmanager
async def empty(postgres: str) -> AsyncIterator[str]:
    async with fresh_database(postgres, migrated=False) as url:
        yield url


async def test_migrated_sqlite_is_what_is_declared(tmp_path: Path) -> None:
    await migrate_database(DatabaseHost(), tmp_path)
    assert differences_of_file(tmp_path / "catalog.sqlite", *Part) == []
    assert differences_of_file(tmp_path / "keys" / "data-keys.sqlite", Part.KEYS) == []


@pytest.mark.parametrize("part", Part)
async def test_migrated_postgresql_is_what_is_declared(database: str, part: Part) -> None:
    engine = create_async_engine(
        database.replace("postgresql:", "postgresql+asyncpg:"),
        connect_args={"server_settings": {"search_path": SCHEMA_OF[part]}},
    )
    async with engine.connect() as connection:
        assert await connection.run_sync(differences, part) == []
    await engine.dispose()


async def test_what_grows_is_partitioned_by_owner(database: str) -> None:
    connection = await asyncpg.connect(database, server_settings={"search_path": "pg_catalog"})
    partitions = await connection.fetch(
        "SELECT inhparent::regclass::text, count(*) FROM pg_inherits "
        "JOIN pg_class ON oid = inhrelid WHERE relkind = 'r' GROUP BY 1"
    )
    schema, keys = SCHEMA_OF[Part.CATALOG], SCHEMA_OF[Part.KEYS]
    tables = {f"{schema}.records", f"{schema}.facets", f"{schema}.labels", f"{keys}.keys"}
    assert dict(partitions) == dict.fromkeys(tables, PARTITIONS)
    await connection.close()


def test_the_program_is_written_for_the_newest_revisions() -> None:
    script = ScriptDirectory(str(_folder()))
    assert set(script.get_heads()) == set(HEADS.values())


async def test_a_folder_of_earlier_versions_is_adopted(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.executescript(BEFORE.read_text())
        connection.execute("INSERT INTO records VALUES ('ana', 'asset', 'a', 7, 'stored', 1, x'00')")
        connection.execute("INSERT INTO facets VALUES ('ana', 'asset', 'a', 'original', '', x'0102')")
        connection.commit()
    rows = await open_sqlite(path)
    async with rows.read() as before:
        (record,) = await before.records.select("ana", "asset", Selection())
    assert (record.time, record.facets) == (7, (FacetRow("original", "", b"\1\2"),))
    async with rows.write("ana") as changes:
        assert await changes.records.next_revision("ana") == 1
        await changes.records.put("ana", "asset", "b", Change(1))
    await rows.close()
    assert differences_of_file(path, *Part) == []


async def test_a_folder_that_is_newer_is_left_alone(tmp_path: Path) -> None:
    await (await open_sqlite(tmp_path / "catalog.sqlite")).close()
    with closing(sqlite3.connect(tmp_path / "catalog.sqlite")) as connection:
        connection.execute(
            "UPDATE alembic_version SET version_num = 'catalog_9999' WHERE version_num LIKE 'cat%'"
        )
        connection.commit()
    with pytest.raises(FailedPrecondition, match=r"newer version of Storyroll \(catalog_9999.*install that"):
        async with open_database(DatabaseHost(), tmp_path):
            pass


async def test_a_shared_server_must_be_migrated_before_it_is_used(postgres: str, tmp_path: Path) -> None:
    async with empty(postgres) as url:
        with pytest.raises(FailedPrecondition, match="run `storyroll migrate`"):
            await open_postgres(url, Part.CATALOG)
        assert await migrate_database(DatabaseHost(url), tmp_path)
        assert not await migrate_database(DatabaseHost(url), tmp_path)
        await (await open_postgres(url, Part.CATALOG)).close()


async def test_a_shared_server_that_is_newer_goes_on_serving(
    database: str, caplog: pytest.LogCaptureFixture
) -> None:
    connection = await asyncpg.connect(database)
    await connection.execute(
        f"UPDATE {SCHEMA_OF[Part.CATALOG]}.alembic_version SET version_num = 'catalog_9999'"
    )
    await connection.close()
    rows = await open_postgres(database, Part.CATALOG)
    async with rows.write("ana") as changes:
        assert await changes.records.next_revision("ana") == 1
    await rows.close()
    assert "a newer version of Storyroll has changed the tables" in caplog.text
    with pytest.raises(FailedPrecondition, match="newer version"):
        await migrate_postgres(database, Part.CATALOG)


async def at_last_migrated(folder: Path) -> bool:
    """A file that others have just made may be busy for a moment: whoever is told so comes again."""
    while True:
        try:
            return await migrate_database(DatabaseHost(), folder)
        except Unavailable:
            await asyncio.sleep(0.05)


async def test_many_may_migrate_at_once(postgres: str, tmp_path: Path) -> None:
    async with empty(postgres) as url:
        did = await asyncio.gather(*(migrate_postgres(url, Part.KEYS) for _ in range(4)))
    assert sorted(did) == [False, False, False, True]
    did = await asyncio.gather(*(at_last_migrated(tmp_path) for _ in range(4)))
    assert True in did
    assert differences_of_file(tmp_path / "catalog.sqlite", *Part) == []


REBUILT = f"""
import sqlalchemy as sa
from alembic import op

revision = "catalog_9000"
down_revision = "{HEADS[Part.CATALOG]}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("records") as records:
        records.alter_column("state", existing_type=sa.String(), nullable=True)
        records.add_column(sa.Column("added", sa.Integer))
"""


@contextmanager
def next_release(folder: Path) -> Iterator[None]:
    """Be a later version of this program, which changes a table that others refer to."""
    shutil.copytree(_folder(), folder)
    (folder / "versions" / "catalog_9000.py").write_text(REBUILT)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(migrate, "_folder", lambda: folder)
        patched.setitem(migrate.HEADS, Part.CATALOG, "catalog_9000")
        yield


async def filled(rows: SqlRowStore) -> None:
    async with rows.write("ana") as changes:
        await changes.records.put("ana", "asset", "a", Change(1))
        facet = FacetRow("original", "", b"sealed")
        await changes.records.put_facets("ana", "asset", "a", {facet: frozenset({b"digest"})})
    await rows.close()


async def facets(rows: SqlRowStore) -> tuple[FacetRow, ...]:
    async with rows.read() as now:
        by_label = Selection(digests=(frozenset({b"digest"}),))
        (record,) = await now.records.select("ana", "asset", by_label)
    await rows.close()
    return record.facets


async def test_a_file_can_be_changed_without_losing_what_refers_to_it(tmp_path: Path) -> None:
    path = tmp_path / "catalog.sqlite"
    await filled(await open_sqlite(path))
    with next_release(tmp_path / "later"):
        assert await facets(await open_sqlite(path)) == (FacetRow("original", "", b"sealed"),)
    with pytest.raises(FailedPrecondition, match="newer version"):
        await open_sqlite(path)


async def test_a_server_is_changed_under_those_who_use_it(database: str, tmp_path: Path) -> None:
    running = await open_postgres(database, Part.CATALOG)
    await filled(await open_postgres(database, Part.CATALOG))
    async with running.read() as rows:
        assert await rows.records.scope_sets("ana") == {""}
    with next_release(tmp_path / "later"):
        assert await migrate_postgres(database, Part.CATALOG)
    assert await facets(running) == (FacetRow("original", "", b"sealed"),)
