"""Delays grow while things go wrong, and begin anew after a quiet time."""

from __future__ import annotations

from inference_core.serving.backoff import BackOff


def test_delays_double_up_to_a_limit() -> None:
    back_off = BackOff(first=1.0, most=8.0)
    for expected in (1, 2, 4, 8, 8, 8):
        assert expected / 2 <= back_off.after(lived=5.0) <= expected


def test_a_quiet_time_forgives() -> None:
    back_off = BackOff(first=1.0, most=100.0, quiet=60.0)
    for _ in range(5):
        back_off.after(lived=0.0)
    assert back_off.after(lived=61.0) <= 1.0
    assert 1.0 <= back_off.after(lived=0.0) <= 2.0


def test_it_can_fail_for_years() -> None:
    back_off = BackOff(most=30.0)
    delays = [back_off.after(lived=0.0) for _ in range(5000)]
    assert max(delays) <= 30.0
    assert len(set(delays[100:])) > 1000, "the same delay for everybody would bring all back at once"
    assert min(delays[100:]) >= 15.0
