"""A run that breaks a limit fails."""

from __future__ import annotations

import pytest
from storyroll.consent.v1 import consent_pb2
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2
from storyroll.upload.v1 import upload_pb2

from loadtests.limits import LEAST_CALLS, P95_MS, goals


@pytest.fixture(autouse=True)
def no_monkey_patch(monkeypatch: pytest.MonkeyPatch) -> None:
    """Locust changes how its whole process waits, unless it is told not to."""
    monkeypatch.setenv("LOCUST_SKIP_MONKEY_PATCH", "1")


def run(name: str, milliseconds: list[float], failures: int = 0) -> dict[str, bool]:
    from locust.stats import RequestStats

    stats = RequestStats()
    for duration in milliseconds:
        stats.log_request("grpc", name, duration, 1)
    for _ in range(failures):
        stats.log_error("grpc", name, "away")
    return {goal.name: goal.met for goal in goals(stats)}


def test_calls_within_their_limit_are_well() -> None:
    assert all(run("WriteAsset", [P95_MS["WriteAsset"] * 0.9] * 100).values())


def test_slow_calls_break_it() -> None:
    slow = P95_MS["WriteAsset"] * 1.2
    assert False in run("WriteAsset", [1.0] * 90 + [slow] * 10).values()
    assert False not in run("WriteAsset", [1.0] * 98 + [slow] * 2).values()


def test_few_calls_say_nothing_of_a_percentile() -> None:
    assert len(run("WriteAsset", [1e6] * (LEAST_CALLS - 1))) == 1


def test_failures_break_it_however_quick_they_are() -> None:
    assert False in run("WriteAsset", [1.0] * 900, failures=1).values()
    assert False not in run("WriteAsset", [1.0] * 1999, failures=1).values()


def test_limits_are_of_calls_that_exist() -> None:
    files = (consent_pb2, metadata_pb2, suggestion_pb2, upload_pb2)
    services = (service for file in files for service in file.DESCRIPTOR.services_by_name.values())
    assert set(P95_MS) - {"PUT"} <= {method for service in services for method in service.methods_by_name}
