"""The owner's view of everything that was done with their data."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime

from services.consent.receipts import owner_digest
from services.domain.accounts import AuditEntry, AuditHead
from services.domain.identity import OwnerId
from services.domain.ports import Catalog, Signer
from services.domain.records import Kind, Query, Record

Cursor = tuple[datetime | None, str]
"""(time, id) of the last entry of the page before."""


@dataclass(frozen=True, slots=True)
class SignedHead:
    """Where the audit log ends, in a form that can be held against whoever keeps the log."""

    head: AuditHead
    statement: bytes
    public_key: bytes
    """Ed25519, 32 bytes."""
    signature: bytes


class ListAuditEvents:
    """Reads the audit log, to which nothing but additions is ever made."""

    def __init__(self, catalog: Catalog, signer: Signer) -> None:
        self._catalog = catalog
        self._signer = signer

    async def __call__(self, owner: OwnerId, after: Cursor | None, limit: int) -> list[Record]:
        """Return a page of records with an AuditEntry each, newest first; none of an account being erased."""
        query = Query(newest_first=True, after=after, limit=limit)
        found = await self._catalog.find(owner, Kind.AUDIT, query)
        return [record for record in found if record.get(AuditEntry)]

    async def head(self, owner: OwnerId) -> SignedHead:
        """Return where the log ends, signed; ask before a page, so that every line up to it is listed."""
        found = await self._catalog.find(owner, Kind.ACCOUNT, Query(facets=frozenset({AuditHead})))
        head = next((head for record in found if (head := record.get(AuditHead))), AuditHead())
        statement = _statement(head, owner, self._signer.public_key)
        return SignedHead(head, statement, self._signer.public_key, self._signer.sign(statement))


def _statement(head: AuditHead, owner: OwnerId, public_key: bytes) -> bytes:
    fields = {
        "digest": head.digest.hex(),
        "entries": head.entries,
        "owner_digest": owner_digest(owner),
        "public_key": public_key.hex(),
    }
    return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()
