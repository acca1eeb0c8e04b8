"""Showing and deleting an owner's assets."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from services.domain.accounts import AuditAction, audit
from services.domain.errors import InvalidArgument
from services.domain.facets import Description, Original
from services.domain.identity import AssetId, OwnerId, PersonId
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock, Transaction, Vault
from services.domain.records import Kind, Query, Record

MOST_DELETED_AT_ONCE = 1_000

Cursor = tuple[datetime | None, str]


@dataclass(frozen=True, slots=True)
class AssetFilter:
    """Which assets to list, all conditions together; empty for all."""

    since: datetime | None = None
    until: datetime | None = None
    place: str = ""
    person: PersonId = PersonId("")
    theme: str = ""

    def query(self, after: Cursor | None, limit: int) -> Query:
        """Return the Catalog query; raise InvalidArgument for a range that ends before it starts."""
        if self.since and self.until and self.until < self.since:
            raise InvalidArgument("the time range ends before it starts")
        wanted = (("place", self.place), ("person", self.person), ("theme", self.theme))
        return Query(
            since=self.since,
            until=self.until,
            labels=tuple((name, value) for name, value in wanted if value),
            after=after,
            limit=limit,
        )


class Assets:
    """An owner's assets: read one, read many, delete."""

    def __init__(self, catalog: Catalog, vault: Vault, clock: Clock) -> None:
        self._catalog = catalog
        self._vault = vault
        self._clock = clock

    async def get(self, owner: OwnerId, asset: AssetId) -> Record:
        """Return one asset; raise NotFound."""
        return await self._catalog.get(owner, Kind.ASSET, asset)

    async def page(
        self, owner: OwnerId, which: AssetFilter, after: Cursor | None, limit: int
    ) -> list[Record]:
        """Return a page of assets by capture time, oldest first."""
        return await self._catalog.find(owner, Kind.ASSET, which.query(after, limit))

    async def delete(self, owner: OwnerId, assets: Sequence[AssetId]) -> int:
        """Delete assets for good: the originals, then records and the stories that show them.

        What the records name is never left behind: if the vault is away, they stay, and the same call
        deletes the rest later. Returns how many there were. Raises InvalidArgument for none or more than
        1 000 ids, Unavailable.
        """
        if not 0 < len(assets) <= MOST_DELETED_AT_ONCE:
            raise InvalidArgument(f"name 1 to {MOST_DELETED_AT_ONCE} assets; {len(assets)} were named")
        for record in await self._catalog.get_many(owner, Kind.ASSET, assets):
            if original := record.get(Original):
                await self._vault.delete(owner, original.blob_key)
        async with self._catalog.transaction(owner) as tx:
            deleted = await tx.delete(Kind.ASSET, assets)
            await _forget_references(tx, assets)
            await _withdraw_stories(tx, assets)
            if deleted:
                now = self._clock.now()
                await audit(tx, AuditAction.ASSETS_DELETED, now, count=deleted)
                await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, "", now))
        return deleted


async def _forget_references(tx: Transaction, assets: Sequence[AssetId]) -> None:
    """Let what was a duplicate, or half of a Live Photo, of a deleted asset stand for itself again."""
    for asset in assets:
        referring = Query(labels=(("refers_to", asset),), facets=frozenset({Description}))
        for record in await tx.find(Kind.ASSET, referring):
            known = record.require(Description)
            pair = None if known.pair == asset else known.pair
            original = None if known.duplicate_of == asset else known.duplicate_of
            await tx.put(Kind.ASSET, record.id, replace(known, pair=pair, duplicate_of=original))


async def _withdraw_stories(tx: Transaction, assets: Sequence[AssetId]) -> None:
    showing = [
        await tx.find(Kind.STORY, Query(labels=(("asset", asset),), facets=frozenset())) for asset in assets
    ]
    if stories := sorted({record.id for found in showing for record in found}):
        await tx.delete(Kind.STORY, stories)
