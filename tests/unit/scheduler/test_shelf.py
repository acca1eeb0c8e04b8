"""A shelf of entries holds what a dictionary would, however it came about."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from services.scheduler import shelf
from services.scheduler.shelf import Shelf

IDS = st.sampled_from([f"a{n}" for n in range(12)])
CHANGES = st.lists(st.tuples(st.dictionaries(IDS, st.integers(), max_size=4), st.sets(IDS, max_size=4)))


@given(CHANGES, st.integers(0, 6))
def test_changes_leave_what_they_leave_of_a_dictionary(
    changes: list[tuple[dict[str, int], set[str]]], most: int
) -> None:
    before, shelf.MOST_BESIDE = shelf.MOST_BESIDE, most
    try:
        expected: dict[str, int] = {}
        made: Shelf[int] = Shelf()
        for put, asked in changes:
            gone = asked - put.keys()
            earlier, made = (made, dict(expected)), made.changed(put, gone)
            expected = {id_: n for id_, n in expected.items() if id_ not in gone} | put
            assert dict(made) == expected
            assert len(made) == len(expected)
            assert all((id_ in made) == (id_ in expected) for id_ in (f"a{n}" for n in range(13)))
            assert dict(earlier[0]) == earlier[1]
    finally:
        shelf.MOST_BESIDE = before
