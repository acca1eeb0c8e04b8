"""How fast an owner may upload."""

from __future__ import annotations

from contextlib import ExitStack

import pytest

from services.domain.errors import QuotaExceeded
from services.domain.identity import OwnerId
from services.upload.pace import Pace

ANA, BEN = OwnerId("ana"), OwnerId("ben")


class Time:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def write(pace: Pace, owner: OwnerId, times: int = 1) -> None:
    for _ in range(times):
        with pace.write(owner):
            pass


def test_a_burst_passes_and_a_rush_is_told_when_to_come_again() -> None:
    time = Time()
    pace = Pace(30, 9, time)
    write(pace, ANA, 30)
    with pytest.raises(QuotaExceeded, match="30 photos a minute") as full:
        write(pace, ANA)
    assert full.value.retry_after == pytest.approx(2.0)
    write(pace, BEN)
    time.now += 2.0
    write(pace, ANA)
    assert (pace.left(ANA), pace.left(BEN)) == (0, 30)
    time.now += 3600
    assert pace.left(ANA) == 30


def test_writes_at_the_same_time_are_counted_until_they_end() -> None:
    pace = Pace(100, 2)
    with ExitStack() as writes:
        writes.enter_context(pace.write(ANA))
        writes.enter_context(pace.write(ANA))
        assert pace.writing(ANA) == 2
        with pytest.raises(QuotaExceeded, match="2 writes at the same time") as full, pace.write(ANA):
            pass
        assert full.value.retry_after == 1.0
        write(pace, BEN)
    assert pace.writing(ANA) == 0
    assert pace.left(ANA) == 98  # one that was refused does not count
    write(pace, ANA)


def test_owners_who_have_rested_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.upload.pace._MOST_OWNERS", 10)
    time = Time()
    pace = Pace(5, 1, time)
    for number in range(20):
        write(pace, OwnerId(str(number)))
        time.now += 10
    assert len(pace._buckets) <= 11
    assert (pace.left(OwnerId("0")), pace.left(OwnerId("19"))) == (5, 4)
