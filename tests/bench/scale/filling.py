"""Databases full of libraries: rows are copied in, for ten million would take the product days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from itertools import chain
from pathlib import Path
from typing import Final

import asyncpg

from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import open_data_keys
from services.adapters.key_folder import KeyFolder
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sql.postgres import SCHEMA_OF
from services.adapters.sql.tables import FACETS, LABELS, OWNERS, RECORDS, Part
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.ports import SealingKey
from tests.bench.scale.photos import EVERYTHING, NO_MORE_THAN_NEEDED, Copied, Rows, Sealed, Seals, library

_SCHEMA: Final = SCHEMA_OF[Part.CATALOG]
_AT_ONCE: Final = 2
"""Owners that are copied side by side."""
_WHILE_LOADING: Final = {"full_page_writes": "off", "max_wal_size": "'2GB'", "autovacuum": "off"}
_Work = tuple[OwnerId, frozenset[Scope], Seals]
_SCOPE_SETS: Final = (frozenset[Scope](), NO_MORE_THAN_NEEDED, *(frozenset({scope}) for scope in Scope))


class Shelves:
    """Fills one migrated database.

    Args:
        url: Where it is; its user may do everything.
        keys: The folder of the master key; data keys are made in the database.
    """

    def __init__(self, url: str, keys: Path) -> None:
        self._url = url
        self._keys = keys

    async def fill(self, read: Sequence[OwnerId], others: Sequence[OwnerId], photos: int, every: int) -> None:
        """Store a library of each owner.

        Args:
            read: Owners who allow everything and whose rows open under their keys.
            others: Owners whose rows have the same sizes and do not open.
            photos: Of each owner.
            every: So many of the others allow no more than CLOUD_PROCESSING, to one who allows everything.
        """
        async with self._loading():
            sealed = [Sealed(owner, keys) for owner, keys in (await self._keys_of(read)).items()]
            work: Iterator[_Work] = chain(
                ((each.owner, EVERYTHING, each) for each in sealed),
                (
                    (owner, NO_MORE_THAN_NEEDED if number % every else EVERYTHING, Copied(sealed[0], owner))
                    for number, owner in enumerate(others)
                ),
            )
            async with asyncio.TaskGroup() as tasks:
                for _ in range(_AT_ONCE):
                    tasks.create_task(self._copy(work, photos))
        await self._tidy()

    async def bytes(self) -> int:
        """Return what the database takes on the disk, indexes included."""
        async with self._connected() as connection:
            return int(await connection.fetchval("SELECT pg_database_size(current_database())"))

    async def _copy(self, work: Iterator[_Work], photos: int) -> None:
        async with self._connected() as connection:
            # Foreign keys are right by construction; to check each would take most of the time.
            await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
            for owner, scopes, seals in work:
                await connection.execute(f"INSERT INTO {OWNERS.name} VALUES ($1, $2)", owner, 10 * photos)
                for rows in library(owner, photos, scopes, seals):
                    await _copied(connection, rows)

    async def _keys_of(
        self, owners: Sequence[OwnerId]
    ) -> dict[OwnerId, Mapping[frozenset[Scope], SealingKey]]:
        async with open_data_keys(DatabaseHost(self._url), self._keys) as rows:
            ring: EnvelopeKeyRing = await KeyFolder(self._keys).keyring(rows, shared=True)
            for owner in owners:
                for scope in (None, *Scope):
                    await ring.create(owner, scope)
            return {
                owner: {scopes: await ring.key(owner, scopes) for scopes in _SCOPE_SETS} for owner in owners
            }

    @asynccontextmanager
    async def _loading(self) -> AsyncIterator[None]:
        async with self._connected() as connection:
            for name, value in _WHILE_LOADING.items():
                await connection.execute(f"ALTER SYSTEM SET {name} = {value}")
            await connection.execute("SELECT pg_reload_conf()")
            yield
            await connection.execute("ALTER SYSTEM RESET ALL")
            await connection.execute("SELECT pg_reload_conf()")

    async def _tidy(self) -> None:
        """Leave the tables as they are some time later: known to the planner, with nothing to clean."""
        async with self._connected() as connection:
            await connection.execute("VACUUM (ANALYZE)")
            await connection.execute("CHECKPOINT")

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[asyncpg.Connection]:
        connection = await asyncpg.connect(self._url, server_settings={"search_path": _SCHEMA})
        try:
            yield connection
        finally:
            await connection.close()


async def _copied(connection: asyncpg.Connection, rows: Rows) -> None:
    for table, found in ((RECORDS, rows.records), (FACETS, rows.facets), (LABELS, rows.labels)):
        columns = [column.name for column in table.columns]
        await connection.copy_records_to_table(table.name, records=found, columns=columns)
