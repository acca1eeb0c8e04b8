"""A real PostgreSQL for the tests: from its wheel, one for all of them, a database of its own for each."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path
from urllib.parse import urlsplit

import asyncpg
import pytest

from services.adapters.database_choice import Pooling
from services.adapters.postgres.install import POSTGRES
from services.adapters.postgres.server import PostgresServer, postgres
from services.adapters.sql.postgres import migrate_postgres
from services.adapters.sql.tables import Part
from services.domain.errors import FailedPrecondition
from tests import server_thread

SMALL = Pooling(readers=4, writers=4)
_TEMPLATE = "migrated"


def installed() -> Path:
    """Return the server's program; skips the test, saying why, where it cannot be had."""
    try:
        return POSTGRES.install()
    except FailedPrecondition as error:
        pytest.skip(f"no PostgreSQL: {error}")


def running(folder: Path) -> AbstractContextManager[PostgresServer]:
    """Run a server beside the tests' own event loops."""
    return server_thread.running(postgres(installed(), folder), folder / "server.log")


@asynccontextmanager
async def fresh_database(server: str, *, migrated: bool = True) -> AsyncIterator[str]:
    """Lend the address of a database that nobody else uses, with empty tables if they are wanted."""
    name = f"test_{secrets.token_hex(6)}"
    control = await asyncpg.connect(server)
    try:
        template = await _template(control, server) if migrated else "template1"
        await control.execute(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield _other(server, name)
        await control.execute(f"DROP DATABASE {name} WITH (FORCE)")
    finally:
        await control.close()


async def _template(control: asyncpg.Connection, server: str) -> str:
    """Copying a database takes a tenth of the time that its migrations take."""
    if not await control.fetchval("SELECT 1 FROM pg_database WHERE datname = $1", _TEMPLATE):
        await control.execute(f"CREATE DATABASE {_TEMPLATE}")
        for part in Part:
            await migrate_postgres(_other(server, _TEMPLATE), part)
    return _TEMPLATE


def _other(server: str, name: str) -> str:
    return urlsplit(server)._replace(path=f"/{name}").geturl()
