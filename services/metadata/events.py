"""The events into which an owner's timeline falls."""

from __future__ import annotations

from datetime import datetime

from services.domain.identity import OwnerId
from services.domain.ports import Catalog
from services.domain.records import Kind, Query, Record
from services.domain.stories.story import AlbumEvent


class Events:
    """An owner's events, as the last planning found them."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def page(
        self, owner: OwnerId, after: tuple[datetime | None, str] | None, limit: int
    ) -> list[Record]:
        """Return a page of events, oldest first; none whose consent is being taken back."""
        found = await self._catalog.find(owner, Kind.EVENT, Query(after=after, limit=limit))
        return [record for record in found if record.get(AlbumEvent)]
