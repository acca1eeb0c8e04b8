"""The owner's view of everything that was done with their data."""

from __future__ import annotations

from datetime import datetime

from services.domain.identity import OwnerId
from services.domain.ports import Catalog
from services.domain.records import Kind, Query, Record

Cursor = tuple[datetime | None, str]
"""(time, id) of the last entry of the page before."""


class ListAuditEvents:
    """Reads the audit log, to which nothing but additions is ever made."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog

    async def __call__(self, owner: OwnerId, after: Cursor | None, limit: int) -> list[Record]:
        """Return a page of records with an AuditEntry each, newest first."""
        query = Query(newest_first=True, after=after, limit=limit)
        return await self._catalog.find(owner, Kind.AUDIT, query)
