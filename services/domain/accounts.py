"""What is kept of an account itself: its consent, its audit log, receipts of what was erased."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import ClassVar

from services.domain.consent import Consent, Grant, Scope
from services.domain.errors import ConsentRequired, NotFound
from services.domain.facets import Facet
from services.domain.identity import OwnerId
from services.domain.ports import Catalog, Transaction
from services.domain.records import Erasure, Kind, Query


class AccountFacet(Facet):
    """A facet that rests on no scope: sealed under the account's own key until the account is erased."""

    @property
    def scopes(self) -> frozenset[Scope]:
        """No scope: the account key."""
        return frozenset()


@dataclass(frozen=True)
class ConsentState(AccountFacet):
    """The grants in force."""

    NAME: ClassVar[str] = "consent"

    grants: tuple[Grant, ...]


class AuditAction(StrEnum):
    """What was done with an owner's data."""

    CONSENT_GRANTED = "consent_granted"
    CONSENT_REVOKED = "consent_revoked"
    ASSET_STORED = "asset_stored"
    ASSET_DESCRIBED = "asset_described"
    ASSET_ANALYSED = "asset_analysed"
    ASSETS_DELETED = "assets_deleted"
    PERSON_CHANGED = "person_changed"
    OCCASION_DECLARED = "occasion_declared"
    OCCASION_DELETED = "occasion_deleted"
    STORIES_PLANNED = "stories_planned"
    STORY_RENDERED = "story_rendered"
    STORY_SHARED = "story_shared"
    SHARED_STORY_VIEWED = "shared_story_viewed"
    STORY_UNSHARED = "story_unshared"
    RETENTION_CHANGED = "retention_changed"
    ORIGINALS_RELEASED = "originals_released"
    BYSTANDERS_FORGOTTEN = "bystanders_forgotten"
    ACCOUNT_EXPORTED = "account_exported"
    FEEDBACK_RECORDED = "feedback_recorded"
    LEARNING_RESET = "learning_reset"


@dataclass(frozen=True)
class AuditEntry(AccountFacet):
    """One line of the audit log: what was done, to what, how many. Each line holds the digest of the last."""

    NAME: ClassVar[str] = "audit"

    action: AuditAction
    at: datetime
    subject: str = ""
    count: int = 1
    detail: str = ""
    sequence: int = 0
    """1 for the owner's first line, one more for each."""
    previous: bytes = b""
    """The digest of the line before, empty for the first."""

    @property
    def digest(self) -> bytes:
        """SHA-256 of all fields as JSON, keys sorted, no spaces, UTF-8; the time in UTC."""
        fields = {
            "action": self.action.value,
            "at": self.at.astimezone(UTC).isoformat(timespec="microseconds"),
            "count": self.count,
            "detail": self.detail,
            "previous": self.previous.hex(),
            "sequence": self.sequence,
            "subject": self.subject,
        }
        return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).digest()


@dataclass(frozen=True)
class AuditHead(AccountFacet):
    """Where the audit log ends: it says how many lines there must be, and what the last one is."""

    NAME: ClassVar[str] = "audit_head"

    entries: int = 0
    digest: bytes = b""
    """Of the last line."""


@dataclass(frozen=True)
class Planned(AccountFacet):
    """How much of the library the stories that are stored now were made from."""

    NAME: ClassVar[str] = "planned"

    assets: int
    """Settled assets (analysed or unreadable) that the last plan saw."""
    at: datetime


@dataclass(frozen=True, slots=True)
class Receipt:
    """A signed statement that data was destroyed: what, how much, when."""

    owner_digest: str
    """SHA-256 of the owner's id, hex: the owner can recognise it, nobody else learns who it was."""
    scopes: tuple[Scope, ...]
    """What was taken back; all of them when the account was erased."""
    account_erased: bool
    erased: Erasure
    at: datetime
    public_key: bytes
    """Ed25519, 32 bytes."""
    signature: bytes = b""
    """Over `statement`, 64 bytes."""

    @property
    def statement(self) -> bytes:
        """What is signed: all fields but the signature as JSON, keys sorted, no spaces, UTF-8."""
        fields = {
            "account_erased": self.account_erased,
            "at": self.at.isoformat(),
            "blobs": self.erased.blobs,
            "bytes": self.erased.bytes,
            "facets": self.erased.facets,
            "owner_digest": self.owner_digest,
            "public_key": self.public_key.hex(),
            "records": self.erased.records,
            "scopes": list(self.scopes),
        }
        return json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()


ACCOUNT_ID = "account"
"""The id of the one ACCOUNT record that every owner has."""


async def consent_of(catalog: Catalog, owner: OwnerId) -> Consent:
    """Return what the owner allows now; nothing, for an owner who never granted anything."""
    try:
        record = await catalog.get(owner, Kind.ACCOUNT, ACCOUNT_ID)
    except NotFound:
        return Consent()
    state = record.get(ConsentState)
    return Consent({grant.scope: grant for grant in state.grants}) if state else Consent()


async def put_if_allowed(tx: Transaction, kind: Kind, id_: str, facet: Facet) -> None:
    """Store a facet unless the scope that it rests on is not granted, or was taken back meanwhile."""
    with suppress(ConsentRequired):
        await tx.put(kind, id_, facet)


async def audit(
    tx: Transaction, action: AuditAction, at: datetime, *, subject: str = "", count: int = 1, detail: str = ""
) -> None:
    """Add a line to the owner's audit log, in the transaction that it speaks of.

    The line is chained to the one before, so that one that is changed or removed shows.
    """
    head = await _audit_head(tx)
    entry = AuditEntry(action, at, subject, count, detail, head.entries + 1, head.digest)
    # The number is the id, so that lines of one moment are listed in their order.
    await tx.put(Kind.AUDIT, f"{entry.sequence:026x}", entry, time=at)
    await tx.put(Kind.ACCOUNT, ACCOUNT_ID, AuditHead(entry.sequence, entry.digest))


async def _audit_head(tx: Transaction) -> AuditHead:
    found = await tx.find(Kind.ACCOUNT, Query(facets=frozenset({AuditHead})))
    return next((head for record in found if (head := record.get(AuditHead))), AuditHead())
