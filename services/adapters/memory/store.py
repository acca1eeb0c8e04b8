"""A row store in memory: one transaction writes at a time, readers see what is committed."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

from services.adapters.memory.leases import MemoryLeases
from services.adapters.memory.outbox import MemoryOutbox
from services.adapters.memory.records import MemoryRecords
from services.adapters.memory.tables import Tables, View
from services.adapters.rows import KeyRow


class MemoryKeys:
    """Fulfils `rows.KeyRows`."""

    def __init__(self, view: View) -> None:
        self._view = view

    async def everybodys(self) -> list[KeyRow]:
        """Return every key there is."""
        return [KeyRow(*named, wrapped) for named, wrapped in sorted(self._view.keys.items(lambda key: True))]

    async def replace(self, keys: Sequence[KeyRow]) -> None:
        """Wrap keys that exist differently."""
        for key in keys:
            self._view.keys.set((key.owner, key.name), key.wrapped)

    async def all(self, owner: str) -> Mapping[str, bytes]:
        """Return the owner's wrapped keys by name."""
        return {name: wrapped for (_, name), wrapped in self._view.keys.items(lambda key: key[0] == owner)}

    async def add(self, owner: str, name: str, wrapped: bytes) -> None:
        """Keep a key unless one of this name exists."""
        if self._view.keys.get((owner, name)) is None:
            self._view.keys.set((owner, name), wrapped)

    async def delete(self, owner: str, names: Sequence[str]) -> None:
        """Delete keys if they are there."""
        for name in names:
            self._view.keys.delete((owner, name))


class MemoryTransaction:
    """Fulfils `rows.Rows`."""

    def __init__(self, view: View) -> None:
        self.records = MemoryRecords(view)
        self.keys = MemoryKeys(view)
        self.outbox = MemoryOutbox(view)
        self.leases = MemoryLeases(view)


class MemoryRowStore:
    """Fulfils `rows.RowStore`; everything is gone with the process."""

    def __init__(self) -> None:
        self._tables = Tables()
        self._writer = asyncio.Lock()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[MemoryTransaction]:
        """See what is committed."""
        yield MemoryTransaction(View(self._tables))

    @asynccontextmanager
    async def write(self, owner: str | None = None) -> AsyncIterator[MemoryTransaction]:
        """Change rows, all or nothing."""
        async with self._writer:
            view = View(self._tables)
            yield MemoryTransaction(view)
            view.commit()

    async def purge(self, owner: str | None = None) -> None:
        """Nothing is on a disk."""

    async def close(self) -> None:
        """Nothing is open."""
