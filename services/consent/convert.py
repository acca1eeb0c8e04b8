"""Converters between the consent use cases and storyroll.consent.v1."""

from __future__ import annotations

from collections.abc import Iterable

from storyroll.consent.v1 import consent_pb2

from services.consent.audit import SignedHead
from services.consent.export import FileBegins, FileGoesOn, Part
from services.domain.accounts import AuditEntry, Receipt
from services.domain.consent import Consent, Grant, Scope
from services.domain.errors import InvalidArgument
from services.domain.records import Record
from services.domain.retention import KeepOriginals, Retention
from services.rpc.media_convert import timestamp_to_pb

_SCOPES = {consent_pb2.Scope.Value(f"SCOPE_{scope.name}"): scope for scope in Scope}
_TO_PB = {scope: value for value, scope in _SCOPES.items()}


def scopes_from_pb(values: Iterable[consent_pb2.Scope.ValueType]) -> list[Scope]:
    """Convert scopes; raise InvalidArgument for an unspecified or unknown one."""
    try:
        return [_SCOPES[value] for value in values]
    except KeyError as unknown:
        raise InvalidArgument(f"{unknown.args[0]} is not a scope") from None


def grants_to_pb(consent: Consent) -> list[consent_pb2.Grant]:
    """Convert what is granted, in the order in which the scopes are declared."""
    return [_grant_to_pb(consent.grants[scope]) for scope in Scope if scope in consent.grants]


def receipt_to_pb(receipt: Receipt) -> consent_pb2.Receipt:
    """Convert a signed receipt."""
    return consent_pb2.Receipt(
        owner_digest=receipt.owner_digest,
        scopes=[_TO_PB[scope] for scope in receipt.scopes],
        account_erased=receipt.account_erased,
        records=receipt.erased.records,
        facets=receipt.erased.facets,
        blobs=receipt.erased.blobs,
        bytes=receipt.erased.bytes,
        time=timestamp_to_pb(receipt.at),
        public_key=receipt.public_key,
        signature=receipt.signature,
        statement=receipt.statement,
    )


def audit_event_to_pb(record: Record) -> consent_pb2.AuditEvent:
    """Convert a record of kind AUDIT."""
    entry = record.require(AuditEntry)
    return consent_pb2.AuditEvent(
        time=timestamp_to_pb(entry.at),
        action=entry.action,
        subject=entry.subject,
        count=entry.count,
        detail=entry.detail,
        sequence=entry.sequence,
        previous_digest=entry.previous,
    )


def head_to_pb(signed: SignedHead) -> consent_pb2.AuditHead:
    """Convert where the audit log ends."""
    return consent_pb2.AuditHead(
        entries=signed.head.entries,
        digest=signed.head.digest,
        public_key=signed.public_key,
        signature=signed.signature,
        statement=signed.statement,
    )


def part_to_pb(part: Part) -> consent_pb2.ExportAccountResponse:
    """Convert a part of an export."""
    match part:
        case FileBegins(name):
            return consent_pb2.ExportAccountResponse(file=name)
        case FileGoesOn(data):
            return consent_pb2.ExportAccountResponse(data=data)


def retention_to_pb(retention: Retention) -> consent_pb2.Retention:
    """Convert how long things are kept."""
    originals = consent_pb2.OriginalRetention.Value(f"ORIGINAL_RETENTION_{retention.originals.name}")
    return consent_pb2.Retention(originals=originals, bystander_days=retention.bystander_days)


def retention_from_pb(message: consent_pb2.Retention) -> Retention:
    """Convert what an owner chose; raise InvalidArgument for an unspecified or unknown choice."""
    known = {
        consent_pb2.OriginalRetention.Value(f"ORIGINAL_RETENTION_{choice.name}"): choice
        for choice in KeepOriginals
    }
    if message.originals not in known:
        raise InvalidArgument("choose how long originals are kept: for ever, thirty days or until stories")
    return Retention(known[message.originals], message.bystander_days)


def _grant_to_pb(grant: Grant) -> consent_pb2.Grant:
    return consent_pb2.Grant(
        scope=_TO_PB[grant.scope],
        terms_version=grant.terms_version,
        granted_time=timestamp_to_pb(grant.granted_at),
    )
