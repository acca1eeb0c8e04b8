"""What a million rows cost: each query that users wait for takes an index, and one partition of a table."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from hashlib import md5
from typing import Any

import asyncpg
import numpy as np
import pytest
from sqlalchemy import event

from services.adapters.outbox_rows import OutboxRow
from services.adapters.rows import Change, FacetRow, Rows, Selection
from services.adapters.sql.postgres import SCHEMA_OF, PostgresDatabase
from services.adapters.sql.store import SqlRowStore
from services.adapters.sql.tables import Part
from tests.postgres_server import SMALL, fresh_database

OWNERS, ASSETS = 1000, 500
WAITING = 100_000
OWNER, OTHER = "owner7", "owner8"
ROUNDS = 60
IDS = [md5(str(7000 + n).encode()).hexdigest() for n in range(1, 51)]
ID = IDS[0]

_ROWS = """
INSERT INTO records SELECT 'owner' || o, 'asset', md5((o * 1000 + n)::text), n * 1000, 'described', n,
  decode(md5(n::text), 'hex') FROM generate_series({first}, {last}) o, generate_series(1, {assets}) n;
INSERT INTO facets SELECT owner, kind, id, 'original', 'cloud_processing', '\\x00'::bytea FROM records;
INSERT INTO labels SELECT owner, kind, decode(md5((time / 10000)::text), 'hex'), id, 'original'
  FROM records WHERE time % 5000 = 0;
INSERT INTO owners SELECT DISTINCT owner, 1000 FROM records;
INSERT INTO outbox SELECT 'inference', 'm' || n, 'asset_described',
  CASE WHEN n % 100 = 0 THEN 'owner' || n ELSE 'owner7' END, 'a', n, 0, 0, false, ''
  FROM generate_series(1, {waiting}) n;
"""

Ask = Callable[[Rows], Awaitable[object]]
QUERIES: dict[str, Ask] = {
    "newest page": lambda rows: rows.records.select(OWNER, "asset", Selection(newest_first=True, limit=50)),
    "next page": lambda rows: rows.records.select(
        OWNER, "asset", Selection(newest_first=True, after=(250_000, "m"), limit=50)
    ),
    "a span of time": lambda rows: rows.records.select(OWNER, "asset", Selection(since=9000, until=40_000)),
    "by label": lambda rows: rows.records.select(
        OWNER, "asset", Selection(digests=(frozenset({md5(b"7").digest()}),))
    ),
    "what changed": lambda rows: rows.records.select(OWNER, "asset", Selection(changed_after=ASSETS - 20)),
    "by state": lambda rows: rows.records.select(
        OWNER, "asset", Selection(states=frozenset({"stored"}), limit=50)
    ),
    "how many": lambda rows: rows.records.count(OWNER, "asset", Selection(since=ASSETS * 900)),
    "by id": lambda rows: rows.records.get(
        OWNER, "asset", [md5(str(7000 + n).encode()).hexdigest() for n in range(50)]
    ),
    "by fingerprint": lambda rows: rows.records.ids_of(
        OWNER, "asset", [md5(str(n).encode()).digest() for n in range(50)]
    ),
    "scopes": lambda rows: rows.records.scope_sets(OWNER),
}
CHANGES: dict[str, Ask] = {
    "revision": lambda rows: rows.records.next_revision(OWNER),
    "put": lambda rows: rows.records.put(OWNER, "asset", ID, Change(1, time=5)),
    "put facets": lambda rows: rows.records.put_facets(
        OWNER, "asset", ID, {FacetRow("original", "", b"x"): frozenset({b"digest"})}
    ),
    "drop a facet": lambda rows: rows.records.drop_facet(OWNER, "asset", ID, "content"),
    "delete": lambda rows: rows.records.delete(OWNER, "asset", [ID]),
    "owners with messages": lambda rows: rows.outbox.ready_owners("inference", 1),
    "newest messages": lambda rows: rows.outbox.newest("inference", OWNER, 1, 50),
    "publish": lambda rows: rows.outbox.add([OutboxRow("inference", "new", "t", OWNER, "a", 0)]),
    "lease": lambda rows: rows.outbox.lease("inference", [f"m{n}" for n in range(50)], 9),
    "acknowledge": lambda rows: rows.outbox.remove("inference", [f"m{n}" for n in range(50)]),
}


@pytest.fixture(scope="module")
def full(postgres: str) -> Iterator[str]:
    """The address of a database with a million rows."""
    yield from filled(postgres, 1, OWNERS, WAITING)


@pytest.fixture(scope="module")
def small(postgres: str) -> Iterator[str]:
    """The address of one in which the same owner is alone."""
    yield from filled(postgres, 7, 7, 50)


def filled(postgres: str, first: int, last: int, waiting: int) -> Iterator[str]:
    async def fill(url: str) -> None:
        control = await asyncpg.connect(url, server_settings={"search_path": SCHEMA_OF[Part.CATALOG]})
        # Foreign keys are right by construction; to check each would take most of the time.
        await control.execute("SET session_replication_role = replica")
        await control.execute(_ROWS.format(first=first, last=last, assets=ASSETS, waiting=waiting))
        await control.execute("ANALYZE")
        await control.close()

    with asyncio.Runner() as runner:
        lent = fresh_database(postgres)
        url = runner.run(lent.__aenter__())
        runner.run(fill(url))
        yield url
        runner.run(lent.__aexit__(None, None, None))


@asynccontextmanager
async def opened(url: str) -> AsyncIterator[tuple[PostgresDatabase, SqlRowStore]]:
    database = PostgresDatabase(url, Part.CATALOG, SMALL)
    store = SqlRowStore(database)
    yield database, store
    await store.close()


@contextmanager
def overheard(database: PostgresDatabase) -> Iterator[list[tuple[str, Any]]]:
    """Collect the statements that are executed."""
    heard: list[tuple[str, Any]] = []

    def hear(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_: Any) -> None:
        heard.append((statement, parameters))

    engines = (database.readers.sync_engine, database.writers.sync_engine)
    for engine in engines:
        event.listen(engine, "before_cursor_execute", hear)
    yield heard
    for engine in engines:
        event.remove(engine, "before_cursor_execute", hear)


async def plans(database: PostgresDatabase, store: SqlRowStore, ask: Ask) -> list[Any]:
    with overheard(database) as heard:
        async with store.write() as rows:
            await ask(rows)
    found = []
    async with database.writers.connect() as connection:
        for statement, parameters in heard:
            one = parameters[0] if isinstance(parameters, list) else parameters
            ((plan,),) = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", one)
            found.append(json.loads(plan) if isinstance(plan, str) else plan)
    return found


def nodes(plan: Any) -> Iterator[dict[str, Any]]:
    """Every node of a plan that reads or writes a table."""
    if isinstance(plan, list):
        for part in plan:
            yield from nodes(part)
    elif isinstance(plan, dict):
        if "Relation Name" in plan:
            yield plan
        for part in plan.values():
            yield from nodes(part)


@pytest.mark.slow
async def test_every_query_takes_an_index_and_one_partition(full: str) -> None:
    faults = {}
    async with opened(full) as (database, store):
        for name, ask in (QUERIES | CHANGES).items():
            touched = [node for plan in await plans(database, store, ask) for node in nodes(plan)]
            assert touched, name
            partitions = {m[0] for node in touched if (m := re.search(r"_p\d\d$", node["Relation Name"]))}
            scanned = {node["Relation Name"] for node in touched if node.get("Node Type") == "Seq Scan"}
            if len(partitions) > 1 or scanned:
                faults[name] = (sorted(partitions), sorted(scanned))
    assert faults == {}


@pytest.mark.slow
async def test_a_full_database_answers_as_an_empty_one_does(full: str, small: str) -> None:
    """Printed, not judged: no test is timed."""
    async with opened(full) as (_, crowded), opened(small) as (_, alone):
        for name, ask in QUERIES.items():
            took: dict[SqlRowStore, list[float]] = {crowded: [], alone: []}
            for store in (crowded, alone) * ROUNDS:
                began = time.perf_counter()
                async with store.read() as rows:
                    await ask(rows)
                took[store].append((time.perf_counter() - began) * 1000)
            ms, beside = (float(np.percentile(took[store], 95)) for store in (crowded, alone))
            print(f"{name:22} p95 {ms:6.2f} ms, {ms / beside:.2f} times that of an owner who is alone")
