"""Appending in place never changes what was handed out before."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from services.domain.room import Prefix, Room


@given(st.lists(st.tuples(st.integers(0, 5), st.lists(st.integers(0, 999), max_size=4)), max_size=12))
def test_appending_to_any_earlier_one_gives_both_in_order(steps: list[tuple[int, list[int]]]) -> None:
    room = Room[np.int64]()
    arrays, lists, expected = [np.zeros(0, dtype=np.int64)], [Prefix[int]([])], [list[int]()]
    for back, more in steps:
        which = max(len(expected) - 1 - back, 0)
        arrays.append(room.appended(arrays[which], np.array(more, dtype=np.int64)))
        lists.append(lists[which].and_then(more))
        expected.append(expected[which] + more)
        assert [array.tolist() for array in arrays] == expected
        assert [list(items) for items in lists] == expected


def test_a_part_of_a_prefix_is_what_a_list_would_give() -> None:
    first = Prefix([1, 2, 3])
    assert first.and_then([4])[3] == 4
    assert (first[-1], first[1:], len(first)) == (3, [2, 3], 3)
