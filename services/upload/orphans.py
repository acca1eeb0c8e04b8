"""Blobs that no record names: left by a process that dies when a blob is durable and its record is not yet.

Why none is deleted that somebody is about to acknowledge:

1. A blob's key is made for one commit and never used again. So nobody takes an old blob up; a retry makes
   another one, and a deletion that comes late hits nothing else.
2. Whoever records a blob does so in a transaction of the owner's, and within half the grace after they
   began to commit it; what takes longer is not recorded but sent again.
3. Only blobs older than the grace are suspects, and a transaction of the owner's finds out whether one is
   recorded. Transactions of one owner come one after the other: whoever would record it has done so or, being
   later than half the grace, never will. Clocks of machines may differ by the other half.

A record whose original cannot be opened, for lack of the right key say, keeps its blobs.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

from services.domain.errors import NotFound
from services.domain.facets import Original
from services.domain.identity import OwnerId, asset_of
from services.domain.ports import Catalog, Transaction, Vault
from services.domain.records import Erasure, Kind, Record

GRACE: Final = timedelta(hours=1)
_PAGE: Final = 500
_EVER: Final = datetime(1980, 1, 1, tzinfo=UTC)


def may_be_recorded(committed: datetime, grace: timedelta) -> bool:
    """Tell whether a blob whose commit began then is young enough to be recorded."""
    return abs(datetime.now(UTC) - committed) < grace / 2


class Orphans:
    """Finds blobs that no record names, and deletes them."""

    def __init__(self, catalog: Catalog, vault: Vault) -> None:
        self._catalog = catalog
        self._vault = vault

    async def delete(self, owner: OwnerId, keys: Sequence[str]) -> Erasure:
        """Delete those of the blobs that no record names.

        Nobody may record one of them any more: either it is the caller's own or it is older than the grace.
        """
        async with self._catalog.transaction(owner) as tx:
            orphans = [key for key in keys if not await _is_recorded(tx, key)]
        erased = Erasure()
        for key in orphans:
            erased += await self._vault.delete(owner, key)
        return erased

    async def sweep(self, owner: OwnerId, since: datetime, before: datetime) -> Erasure:
        """Delete those of an owner's blobs that were committed in that time and that no record names."""
        erased = Erasure()
        async for page in _pages(self._vault.originals(owner, since, before)):
            # A look without a transaction first: nearly all have their records, and writers do not wait.
            records = await self._catalog.get_many(owner, Kind.ASSET, [asset_of(key) for key in page])
            known = {record.id: record for record in records}
            if suspects := [key for key in page if not _names(known.get(asset_of(key)), key)]:
                erased += await self.delete(owner, suspects)
        return erased


class SweepOrphans:
    """Sweeps everybody's orphans.

    The first sweep looks at every blob. Later ones look at what was committed since, for nothing but a commit
    makes an orphan: what has a record is deleted before its record is.
    """

    def __init__(self, catalog: Catalog, vault: Vault, grace: timedelta = GRACE) -> None:
        self._catalog = catalog
        self._orphans = Orphans(catalog, vault)
        self._grace = grace
        self._looked_until = _EVER

    async def __call__(self) -> Erasure:
        """Sweep once; return what was deleted. Raises Unavailable."""
        # Stores go by the time of this machine, whatever day the clock of the stories shows.
        before = datetime.now(UTC) - self._grace
        # Overlapping: a blob may get its name a while after its last byte.
        since = self._looked_until - self._grace
        erased = Erasure()
        for owner in await self._catalog.owners():
            erased += await self._orphans.sweep(owner, since, before)
        self._looked_until = before
        return erased


async def _is_recorded(tx: Transaction, key: str) -> bool:
    try:
        return _names(await tx.get(Kind.ASSET, asset_of(key)), key)
    except NotFound:
        return False


def _names(record: Record | None, key: str) -> bool:
    """Tell whether the record names the blob, or may do so for all that can be read of it."""
    if record is None:
        return False
    original = record.get(Original)
    return original is None or original.blob_key == key


async def _pages(keys: AsyncIterator[str]) -> AsyncIterator[list[str]]:
    page: list[str] = []
    async for key in keys:
        page.append(key)
        if len(page) == _PAGE:
            yield page
            page = []
    if page:
        yield page
