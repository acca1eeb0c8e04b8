"""The catalogue of errors: every domain error, its gRPC status and what the caller is told.

This is the only place where a domain error meets a status code. `tests/unit/rpc/test_status.py` walks all
subclasses of `StoryrollError` and fails when one is missing here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import singledispatch
from types import MappingProxyType
from typing import Final

import grpc
from storyroll.errors.v1 import errors_pb2

from services.domain import errors
from services.domain.identity import new_id

DETAIL_KEY: Final = "storyroll-error-bin"
"""Trailing metadata: a serialized storyroll.errors.v1.ErrorDetail."""
LONGEST_MESSAGE: Final = 500
"""Characters. A message may repeat what a caller sent, and trailers of more than 8 KiB do not arrive."""
RETRY_KEY: Final = "retry-after"
"""Trailing metadata: seconds, decimal, as the HTTP header of that name."""

Code = grpc.StatusCode
Reason = errors_pb2.Reason


@dataclass(frozen=True, slots=True)
class Entry:
    """How one kind of domain error is told to callers."""

    code: grpc.StatusCode
    reason: errors_pb2.Reason.ValueType = Reason.REASON_UNSPECIFIED
    message: str = ""
    """Told in place of the error's own message; empty where that is fit to be shown."""
    internal: bool = False
    """Whether it is a fault of ours, to be logged under an incident id."""


CATALOGUE: Final[Mapping[type[errors.StoryrollError], Entry]] = MappingProxyType(
    {
        errors.InvalidArgument: Entry(Code.INVALID_ARGUMENT),
        errors.UnsupportedMediaType: Entry(Code.INVALID_ARGUMENT, Reason.REASON_UNSUPPORTED_MEDIA_TYPE),
        errors.MediaTooLarge: Entry(Code.INVALID_ARGUMENT, Reason.REASON_MEDIA_TOO_LARGE),
        errors.UnreadableMedia: Entry(Code.INVALID_ARGUMENT, Reason.REASON_UNREADABLE_MEDIA),
        errors.Unauthenticated: Entry(Code.UNAUTHENTICATED),
        errors.PermissionDenied: Entry(Code.PERMISSION_DENIED),
        errors.NotFound: Entry(Code.NOT_FOUND),
        errors.AlreadyExists: Entry(Code.ALREADY_EXISTS),
        errors.ConsentRequired: Entry(Code.FAILED_PRECONDITION, Reason.REASON_CONSENT_REQUIRED),
        errors.FailedPrecondition: Entry(Code.FAILED_PRECONDITION),
        errors.WrongOffset: Entry(Code.OUT_OF_RANGE, Reason.REASON_WRONG_OFFSET),
        errors.CorruptUpload: Entry(Code.DATA_LOSS, Reason.REASON_CORRUPT_UPLOAD),
        errors.QuotaExceeded: Entry(Code.RESOURCE_EXHAUSTED, Reason.REASON_QUOTA_EXCEEDED),
        errors.Conflict: Entry(Code.ABORTED),
        errors.LeaseLost: Entry(Code.ABORTED),
        errors.Unavailable: Entry(Code.UNAVAILABLE, Reason.REASON_DEPENDENCY_UNAVAILABLE),
        errors.SealBroken: Entry(Code.DATA_LOSS, message="a stored record cannot be opened", internal=True),
    }
)

_DEADLINE = Entry(Code.DEADLINE_EXCEEDED, message="the call took longer than its deadline")
_UNKNOWN = Entry(Code.INTERNAL, message="internal error", internal=True)


@dataclass(frozen=True, slots=True)
class Status:
    """What a caller is told of an error."""

    code: grpc.StatusCode
    message: str
    detail: errors_pb2.ErrorDetail
    incident: str = ""
    """Set for faults of ours; the log tells under this id what really happened."""

    @property
    def trailers(self) -> tuple[tuple[str, str | bytes], ...]:
        """The trailing metadata that goes with the status."""
        trailers: list[tuple[str, str | bytes]] = [(DETAIL_KEY, self.detail.SerializeToString())]
        if self.detail.retry_after_seconds:
            trailers.append((RETRY_KEY, f"{self.detail.retry_after_seconds:g}"))
        return tuple(trailers)


def status_of(error: Exception) -> Status:
    """Return the status of any exception; one that is no domain error shows nothing of itself."""
    entry = _entry(error)
    detail = _detail(error)
    detail.reason = entry.reason
    if not entry.internal:
        return Status(entry.code, _shortened(entry.message or str(error)), detail)
    incident = new_id()
    return Status(entry.code, f"{entry.message} (incident {incident})", detail, incident)


def _shortened(message: str) -> str:
    return message if len(message) <= LONGEST_MESSAGE else f"{message[: LONGEST_MESSAGE - 1]}…"


def _entry(error: Exception) -> Entry:
    if isinstance(error, TimeoutError):
        return _DEADLINE
    known = (CATALOGUE[kind] for kind in type(error).__mro__ if kind in CATALOGUE)
    return next(known, _UNKNOWN)


@singledispatch
def _detail(error: Exception) -> errors_pb2.ErrorDetail:
    return errors_pb2.ErrorDetail()


@_detail.register
def _(error: errors.UnsupportedMediaType) -> errors_pb2.ErrorDetail:
    return errors_pb2.ErrorDetail(supported=error.supported)


@_detail.register
def _(error: errors.ConsentRequired) -> errors_pb2.ErrorDetail:
    return errors_pb2.ErrorDetail(scope=error.scope.upper())


@_detail.register(errors.WrongOffset)
@_detail.register(errors.CorruptUpload)
def _(error: errors.WrongOffset | errors.CorruptUpload) -> errors_pb2.ErrorDetail:
    return errors_pb2.ErrorDetail(committed_size=error.committed)


@_detail.register
def _(error: errors.QuotaExceeded) -> errors_pb2.ErrorDetail:
    return errors_pb2.ErrorDetail(limit=error.limit, retry_after_seconds=error.retry_after or 0.0)


@_detail.register
def _(error: errors.Unavailable) -> errors_pb2.ErrorDetail:
    return errors_pb2.ErrorDetail(retry_after_seconds=error.retry_after)
