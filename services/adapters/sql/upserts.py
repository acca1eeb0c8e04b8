"""Insert or update in one statement, as each database spells it."""

from __future__ import annotations

from functools import cache

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = sqlite.Insert | postgresql.Insert


def upsert(connection: AsyncConnection, table: Table, update: tuple[str, ...] | None = None) -> Insert:
    """Return an insert that changes the row of the same primary key where there is one.

    Args:
        connection: Whose dialect to speak.
        table: Where to.
        update: Columns to set of a row that is there; None for all, empty for nothing.
    """
    return _upsert(connection.dialect.name, table, update)


@cache
def _upsert(dialect: str, table: Table, update: tuple[str, ...] | None) -> Insert:
    """Build the statement; there are few, and SQLAlchemy takes longer to build one than to execute it."""
    statement = insert(dialect, table)
    keys = [column.name for column in table.primary_key]
    if update is None:
        update = tuple(column.name for column in table.columns if column.name not in keys)
    if not update:
        return statement.on_conflict_do_nothing(index_elements=keys)
    return statement.on_conflict_do_update(
        index_elements=keys, set_={name: statement.excluded[name] for name in update}
    )


def insert(dialect: str, table: Table) -> Insert:
    """Return an insert of this dialect, to which a conflict can be told."""
    return postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
