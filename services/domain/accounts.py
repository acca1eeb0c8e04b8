"""What is kept of an account itself: its consent, its audit log, receipts of what was erased."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import ClassVar

from services.domain.consent import Grant, Scope
from services.domain.facets import Facet
from services.domain.records import Erasure


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
    STORIES_PLANNED = "stories_planned"
    STORY_RENDERED = "story_rendered"
    STORY_SHARED = "story_shared"
    STORY_UNSHARED = "story_unshared"
    FEEDBACK_RECORDED = "feedback_recorded"


@dataclass(frozen=True)
class AuditEntry(AccountFacet):
    """One line of the audit log: what was done, to what, how many."""

    NAME: ClassVar[str] = "audit"

    action: AuditAction
    at: datetime
    subject: str = ""
    count: int = 1
    detail: str = ""


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
    signature: bytes
    """Over the canonical JSON of all fields before it, 64 bytes."""
