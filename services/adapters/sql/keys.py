"""Wrapped keys in SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncConnection

from services.adapters.rows import KeyRow
from services.adapters.sql.tables import KEYS
from services.adapters.sql.upserts import upsert


class SqlKeys:
    """Fulfils `rows.KeyRows` on one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def everybodys(self) -> list[KeyRow]:
        """Return every key there is."""
        rows = await self._connection.execute(select(KEYS).order_by(KEYS.c.owner, KEYS.c.name))
        return [KeyRow(**row) for row in rows.mappings()]

    async def replace(self, keys: Sequence[KeyRow]) -> None:
        """Wrap keys that exist differently."""
        if keys:
            await self._connection.execute(upsert(self._connection, KEYS), [asdict(key) for key in keys])

    async def all(self, owner: str) -> Mapping[str, bytes]:
        """Return the owner's wrapped keys by name."""
        statement = select(KEYS.c.name, KEYS.c.wrapped).where(KEYS.c.owner == owner)
        return {row.name: row.wrapped for row in await self._connection.execute(statement)}

    async def add(self, owner: str, name: str, wrapped: bytes) -> None:
        """Keep a key unless one of this name exists."""
        key = {"owner": owner, "name": name, "wrapped": wrapped}
        await self._connection.execute(upsert(self._connection, KEYS, ()), key)

    async def delete(self, owner: str, names: Sequence[str]) -> None:
        """Delete keys if they are there."""
        await self._connection.execute(delete(KEYS).where(KEYS.c.owner == owner, KEYS.c.name.in_(names)))
