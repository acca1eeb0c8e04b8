"""Insert or update in one statement, as each database spells it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


def upsert(
    connection: AsyncConnection, table: Table, update: Mapping[str, Any] | None = None
) -> sqlite.Insert | postgresql.Insert:
    """Return an insert that changes the row of the same primary key where there is one.

    Args:
        connection: Whose dialect to speak.
        table: Where to.
        update: What to set of a row that is there; None for all that is inserted, empty for nothing.
    """
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(table)
    keys = [column.name for column in table.primary_key]
    if update is None:
        update = {column.name: column for column in statement.excluded if column.name not in keys}
    if not update:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(index_elements=keys, set_=dict(update))
