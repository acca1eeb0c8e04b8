"""PostgreSQL: many processes write at once, and the transactions of one owner take turns.

asyncpg is the driver: it speaks the binary protocol itself, keeps plans of statements, and understands
connection strings as libpq does. The lock of an owner is an advisory one: it needs no row, leaves no dead one
behind, and ends with the transaction or the connection, whichever is first.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

import asyncpg
from sqlalchemy import NullPool, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.adapters.database_choice import Pooling
from services.adapters.sql.migrate import State, bring_up_to_date, state_of
from services.adapters.sql.store import SqlRowStore, connected, translated
from services.adapters.sql.tables import METADATA_OF, PARTITIONS, Part
from services.domain.errors import FailedPrecondition

_log = logging.getLogger(__name__)

SCHEMA_OF: Final = {Part.CATALOG: "storyroll", Part.KEYS: "storyroll_keys"}
_RECYCLE_S: Final = 1800
_MIGRATING: Final = 0x53_74_6F_72_79  # "Story"
_TURN: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:owner, 0))")
_REMAINDER: Final = text(
    "SELECT n FROM generate_series(0, CAST(:modulus AS int) - 1) n WHERE "
    "satisfies_hash_partition(CAST(CAST(:name AS text) AS regclass), :modulus, n, CAST(:owner AS varchar))"
)
"""Which partition of a table has an owner."""


class PostgresDatabase:
    """Fulfils `database.Database`.

    Args:
        url: As libpq takes it.
        part: What the database holds, in a schema of its own.
        pooling: Of this process.
    """

    def __init__(self, url: str, part: Part, pooling: Pooling) -> None:
        self._url = url
        self._part = part
        self._pooling = pooling
        # One state for several statements needs a snapshot of its own; a writer is to see what others did
        # before it got its turn.
        room = {"pool_size": pooling.readers, "max_overflow": 0, "pool_timeout": pooling.connect}
        snapshots = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
        self.readers = self._engine(execution_options=snapshots, pool_recycle=_RECYCLE_S, **room)
        self.writers = self._engine(pool_recycle=_RECYCLE_S, **room | {"pool_size": pooling.writers})
        self._upkeep = self._engine(poolclass=NullPool)

    @asynccontextmanager
    async def queue(self) -> AsyncIterator[None]:
        """Writers need not wait here."""
        yield

    async def take_turn(self, connection: AsyncConnection, owner: str) -> None:
        """Lock the owner."""
        await connection.execute(_TURN, {"owner": owner})

    async def purge(self, owner: str | None) -> None:
        """Let the space of deleted rows be used again, and write keys anew without those destroyed.

        Deleted bytes stay where they were until others take their place, and in the write-ahead log until it
        is recycled. They are sealed by a key that is destroyed, so what must go is the key: its partition is
        written to a new file. What the log has of it ends with the log's old files, or with a new master key.
        """
        full = "FULL " if self._part is Part.KEYS else ""
        async with connected(self._upkeep) as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("SET statement_timeout = 0"))
            for table in await self._tables_of(connection, owner):
                await connection.execute(text(f"VACUUM {full}{table}"))

    async def migrate(self) -> bool:
        """Make the tables what this program needs, one process at a time; tell whether they were not.

        Raises:
            FailedPrecondition: A newer version of this program wrote them.
        """
        async with translated(), connected(self._upkeep) as connection, connection.begin():
            for setting in ("statement_timeout", "lock_timeout"):
                await connection.execute(text(f"SET LOCAL {setting} = 0"))
            await connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _MIGRATING})
            # A change that waits for a long transaction makes everybody behind it wait too.
            await connection.execute(text("SET LOCAL lock_timeout = '5s'"))
            await connection.execute(text(f"CREATE SCHEMA IF NOT EXISTS {self._schema}"))
            return await connection.run_sync(bring_up_to_date, [self._part], f"schema {self._schema}")

    async def check(self) -> None:
        """Raise FailedPrecondition where tables are older than this program needs.

        Newer ones are used: while a release is rolled out, servers of the one before must go on and may even
        start. Migrations leave them able to.
        """
        async with translated(), connected(self.readers) as connection, connection.begin():
            state = await connection.run_sync(state_of, [self._part])
        if state is State.BEHIND:
            raise FailedPrecondition(
                f"the tables of schema {self._schema} are missing or older than this version of Storyroll: "
                "run `storyroll migrate` with the same STORYROLL_DATABASE"
            )
        if state is State.AHEAD:
            _log.warning("a newer version of Storyroll has changed the tables of schema %s", self._schema)

    @property
    def _schema(self) -> str:
        return SCHEMA_OF[self._part]

    async def _tables_of(self, connection: AsyncConnection, owner: str | None) -> list[str]:
        """Return the tables, or of partitioned ones the partition, that have an owner's rows."""
        names = []
        for table in METADATA_OF[self._part].sorted_tables:
            place = {"name": table.name, "owner": owner, "modulus": PARTITIONS}
            if owner is None or not table.dialect_options["postgresql"]["partition_by"]:
                names.append(table.name)
            else:
                names.append(f"{table.name}_p{await connection.scalar(_REMAINDER, place):02}")
        return names

    def _engine(self, **options: Any) -> AsyncEngine:
        return create_async_engine(
            "postgresql+asyncpg://",
            connect_args={"async_creator_fn": self._connect},
            hide_parameters=True,  # errors end in logs
            **options,
        )

    async def _connect(self, **_: object) -> Any:
        return await asyncpg.connect(
            self._url,
            timeout=self._pooling.connect,
            server_settings={
                "application_name": "storyroll",
                "search_path": self._schema,
                "statement_timeout": f"{self._pooling.statement}s",
                "lock_timeout": f"{self._pooling.lock}s",
                "idle_in_transaction_session_timeout": f"{self._pooling.idle}s",
                # A plan for any owner would look at every partition, and lock it.
                "plan_cache_mode": "force_custom_plan",
                "jit": "off",  # compiling costs more than any of our statements
            },
        )


async def open_postgres(
    url: str, part: Part, pooling: Pooling = Pooling(), *, migrate: bool = False
) -> SqlRowStore:
    """Open one part of what a PostgreSQL server keeps; processes may share it.

    Args:
        url: As libpq takes it, for example postgresql://user:password@host/database?sslmode=verify-full.
        part: Which part; it has a schema of its own.
        pooling: Of this process.
        migrate: Make or change the tables where they are not as this program needs them.

    Raises:
        FailedPrecondition: The tables are not as this program needs them, or nobody may connect so.
        Unavailable: The server does not answer.
    """
    database = PostgresDatabase(url, part, pooling)
    store = SqlRowStore(database)
    try:
        await (database.migrate() if migrate else database.check())
    except BaseException:
        await store.close()
        raise
    return store


async def migrate_postgres(url: str, part: Part) -> bool:
    """Make the tables what this program needs; tell whether they were not; raises as `open_postgres` does."""
    return await PostgresDatabase(url, part, Pooling()).migrate()
