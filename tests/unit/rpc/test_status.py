"""The catalogue is complete, and says nothing that is not meant for the caller."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

import grpc
import pytest
from storyroll.errors.v1 import errors_pb2

import services.domain
from services.domain import errors
from services.rpc.status import CATALOGUE, DETAIL_KEY, LONGEST_MESSAGE, RETRY_KEY, status_of


def subclasses(kind: type[errors.StoryrollError]) -> Iterator[type[errors.StoryrollError]]:
    for child in kind.__subclasses__():
        if child.__module__.startswith("services.domain."):
            yield child
        yield from subclasses(child)


def test_every_domain_error_is_in_the_catalogue() -> None:
    for module in pkgutil.walk_packages(services.domain.__path__, "services.domain."):
        importlib.import_module(module.name)
    assert {kind.__name__ for kind in subclasses(errors.StoryrollError)} == {k.__name__ for k in CATALOGUE}


def test_every_reason_is_used() -> None:
    used = {entry.reason for entry in CATALOGUE.values()}
    assert used == set(errors_pb2.Reason.values())


@pytest.mark.parametrize(
    ("error", "code", "field", "value"),
    [
        (errors.ConsentRequired("faces"), grpc.StatusCode.FAILED_PRECONDITION, "scope", "FACES"),
        (errors.WrongOffset(5, 262144), grpc.StatusCode.OUT_OF_RANGE, "committed_size", 262144),
        (errors.CorruptUpload("CRC32C differs", 7), grpc.StatusCode.DATA_LOSS, "committed_size", 7),
        (errors.QuotaExceeded("1 GiB", 9.0), grpc.StatusCode.RESOURCE_EXHAUSTED, "limit", "1 GiB"),
        (errors.Unavailable("store", 2.5), grpc.StatusCode.UNAVAILABLE, "retry_after_seconds", 2.5),
    ],
)
def test_detail_carries_what_a_client_acts_on(
    error: errors.StoryrollError, code: grpc.StatusCode, field: str, value: object
) -> None:
    status = status_of(error)
    assert (status.code, status.message) == (code, str(error))
    detail = errors_pb2.ErrorDetail.FromString(dict(status.trailers)[DETAIL_KEY])  # type: ignore[arg-type]
    assert getattr(detail, field) == value
    assert detail.reason == CATALOGUE[type(error)].reason != errors_pb2.REASON_UNSPECIFIED


def test_what_a_caller_sent_does_not_make_a_message_too_long_to_arrive() -> None:
    status = status_of(errors.UnsupportedMediaType("𝔘" * 9999, ["image/jpeg"]))
    assert len(status.message) == LONGEST_MESSAGE
    assert len("".join(f"%{byte:02X}" for byte in status.message.encode())) < 8192 - 512
    assert list(status.detail.supported) == ["image/jpeg"]


def test_supported_types_are_listed() -> None:
    status = status_of(errors.UnsupportedMediaType("text/plain", ["image/jpeg", "image/png"]))
    assert list(status.detail.supported) == ["image/jpeg", "image/png"]


def test_retry_after_is_told_in_seconds() -> None:
    assert dict(status_of(errors.Unavailable("away", 1.5)).trailers)[RETRY_KEY] == "1.5"
    assert RETRY_KEY not in dict(status_of(errors.NotFound("no such asset")).trailers)


@pytest.mark.parametrize("error", [KeyError("secret-path"), errors.SealBroken("secret-path")])
def test_faults_of_ours_show_an_incident_and_nothing_else(error: Exception) -> None:
    status = status_of(error)
    assert "secret-path" not in status.message
    assert status.incident
    assert status.incident in status.message


def test_an_error_of_a_finer_kind_is_told_as_its_parent() -> None:
    class FinerError(errors.NotFound):
        """Never registered."""

    assert status_of(FinerError("gone")).code is grpc.StatusCode.NOT_FOUND


def test_a_timeout_is_a_deadline() -> None:
    assert status_of(TimeoutError()).code is grpc.StatusCode.DEADLINE_EXCEEDED
