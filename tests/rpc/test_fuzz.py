"""The short form of fuzzing over gRPC; `make fuzz-rpc` goes on for as long as one likes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.fuzz_rpc.house import House, open_house
from tests.fuzz_rpc.rounds import each_alone, several_together, uploads

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    with open_house(tmp_path_factory.mktemp("house")) as opened:
        yield opened
        opened.run(opened.check())


def test_every_rpc_answers_whatever_it_is_sent_as_the_catalogue_foresees(house: House) -> None:
    for test in each_alone(house, 50):
        test()
    assert {"OK", "INVALID_ARGUMENT", "NOT_FOUND", "FAILED_PRECONDITION"} <= set(house.ends)


def test_calls_at_the_same_time_are_answered_as_the_catalogue_foresees(house: House) -> None:
    several_together(house, 100)()


def test_a_file_can_be_stored_whatever_happened_to_earlier_tries(house: House) -> None:
    uploads(house, 120)()
