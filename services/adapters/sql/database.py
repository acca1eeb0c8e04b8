"""What a row store asks of one kind of database."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine


class Database(Protocol):
    """A database that is open."""

    @property
    def readers(self) -> AsyncEngine:
        """Connections whose transactions see one state and change nothing."""
        ...

    @property
    def writers(self) -> AsyncEngine:
        """Connections apart from those of readers: who writes may read elsewhere without waiting for room."""
        ...

    def queue(self) -> AbstractAsyncContextManager[None]:
        """Wait in this process for a turn to write, where the database has one writer at a time."""
        ...

    async def take_turn(self, connection: AsyncConnection, owner: str) -> None:
        """Let one transaction of an owner be under way at a time, in all processes, until it ends."""
        ...

    async def purge(self, owner: str | None) -> None:
        """Make deleted rows unreadable as far as this database can; None for everybody's."""
        ...
