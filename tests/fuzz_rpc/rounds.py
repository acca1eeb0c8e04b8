"""Rounds of fuzzing: so many examples of every RPC, of several at a time, and of uploads."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.rpc.policy import ENDLESS
from tests.fuzz_rpc.house import House
from tests.fuzz_rpc.requests import Call, answered, calls
from tests.fuzz_rpc.writes import Write, histories, survived
from tests.rpc.rpc_walk import path

_RARER = 5
"""Streams without an end are only glanced at, but each glance takes its time."""
_TOGETHER = 5

Test = Callable[[], None]


def _tried(examples: int) -> settings:
    return settings(
        max_examples=examples, deadline=None, print_blob=True, suppress_health_check=list(HealthCheck)
    )


def each_alone(house: House, examples: int) -> list[Test]:
    """Return one test for every RPC."""

    def test(strategy: st.SearchStrategy[Call], count: int) -> Test:
        @_tried(count)
        @given(strategy)
        def every_answer_is_foreseen(call: Call) -> None:
            answered(house, [call])

        return every_answer_is_foreseen

    return [
        test(calls(house, method), examples // (_RARER if f"/{path(method)}" in ENDLESS else 1))
        for method in house.methods
    ]


def several_together(house: House, examples: int) -> Test:
    """Return a test of several RPCs at the same time."""
    lasting = [method for method in house.methods if f"/{path(method)}" not in ENDLESS]
    any_call = st.sampled_from(lasting).flatmap(lambda method: calls(house, method))

    @_tried(examples)
    @given(st.lists(any_call, min_size=2, max_size=_TOGETHER))
    def every_answer_is_foreseen(together: list[Call]) -> None:
        answered(house, together)

    return every_answer_is_foreseen


def uploads(house: House, examples: int) -> Test:
    """Return a test of uploads that go wrong."""

    @_tried(examples)
    @given(histories())
    def the_file_can_be_stored(history: list[list[Write]]) -> None:
        survived(house, history)

    return the_file_can_be_stored
