"""Rows lie side by side, come back when nothing refers to them, and never serve two at a time."""

from __future__ import annotations

import gc
import mmap
import threading
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_core.engines.slots import SLAB, Slots, joined, runs

SHAPE = (3, 64, 64)
BIG = (3, 1024, 1024)
ROWS_IN_SLAB = SLAB // (3 * 1024 * 1024)


def small_slots(slabs: int) -> Slots:
    return Slots(mmap.mmap(-1, slabs * SLAB))


def test_rows_lent_one_after_the_other_are_a_batch_without_a_copy():
    slots = Slots()
    rows = [slots.lease(SHAPE) for _ in range(3)]
    for value, row in enumerate(rows):
        row[:] = value
    assert runs(rows[::-1]) == [[2, 1, 0]]
    batch = joined(rows)
    assert batch.shape == (3, *SHAPE)
    assert [part[0, 0, 0] for part in batch] == [0, 1, 2]
    assert np.shares_memory(batch, rows[1])
    assert slots.offset_of(batch) == slots.offset_of(rows[0])


def test_other_memory_is_a_batch_of_one():
    slots, other = Slots(), Slots()
    alone = np.zeros(SHAPE, np.uint8)
    rows = [slots.lease(SHAPE), alone, other.lease(SHAPE), slots.lease(SHAPE)]
    assert sorted(map(sorted, runs(rows))) == [[0, 3], [1], [2]]
    assert joined([alone]).shape == (1, *SHAPE)
    assert slots.offset_of(alone) is None
    assert slots.offset_of(rows[2]) is None


def test_a_row_comes_back_only_when_its_last_view_is_gone():
    slots = small_slots(1)
    rows = [slots.lease(BIG) for _ in range(ROWS_IN_SLAB)]
    first = slots.offset_of(rows[0])
    view = rows[0][:, 10:20]
    rows[0] = None
    assert slots.offset_of(slots.lease(BIG)) is None
    del view
    again = slots.lease(BIG)
    assert slots.offset_of(again) == first


def test_full_memory_gives_memory_of_its_own_and_nobody_waits():
    slots = small_slots(1)
    rows = [slots.lease(BIG) for _ in range(ROWS_IN_SLAB + 1)]
    assert slots.offset_of(rows[-1]) is None
    assert slots.offset_of(slots.lease(SHAPE)) is None
    assert rows[-1].shape == BIG


def test_an_item_larger_than_a_slab_gets_memory_of_its_own():
    slots = small_slots(1)
    assert slots.offset_of(slots.lease((3, 4096, 4096))) is None
    assert slots.offset_of(slots.lease(SHAPE)) == 0


def test_a_slab_without_rows_in_use_serves_another_shape():
    slots = small_slots(1)
    row = slots.lease(BIG)
    del row
    assert slots.offset_of(slots.lease(SHAPE)) == 0


def test_memory_that_cannot_be_reserved_is_not_used():
    def full(offset: int, size: int) -> None:
        if offset:
            raise OSError("no space left")

    slots = Slots(mmap.mmap(-1, 4 * SLAB), full)
    rows = [slots.lease(BIG) for _ in range(ROWS_IN_SLAB + 1)]
    assert [slots.offset_of(row) is None for row in rows] == [False] * ROWS_IN_SLAB + [True]


@given(st.lists(st.one_of(st.sampled_from([SHAPE, BIG, (3, 500, 500)]), st.integers(0, 20)), max_size=60))
def test_no_two_rows_in_use_ever_overlap(steps):
    slots, held = small_slots(3), []
    for step in steps:
        if isinstance(step, tuple):
            held.append(slots.lease(step))
        elif held:
            held.pop(step % len(held))
        places = sorted(
            (offset, offset + row.nbytes) for row in held if (offset := slots.offset_of(row)) is not None
        )
        assert all(end <= begin for (_, end), (begin, _) in pairwise(places))


def test_threads_never_share_a_row():
    slots, clashes = small_slots(2), []

    def work(mark: int) -> None:
        for _ in range(300):
            row = slots.lease(SHAPE)
            row[:] = mark
            if (row != mark).any():
                clashes.append(mark)

    threads = [threading.Thread(target=work, args=(mark,)) for mark in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert clashes == []


@pytest.mark.parametrize("shape", [SHAPE, BIG])
def test_the_memory_outlives_its_slots_as_long_as_a_row(shape):
    slots = Slots()
    row = slots.lease(shape)
    row[:] = 7
    del slots
    gc.collect()
    assert (row == 7).all()


def test_a_row_that_came_back_holds_no_picture():
    memory = mmap.mmap(-1, SLAB)
    slots = Slots(memory)
    row = slots.lease(SHAPE)
    row[:] = 7
    kept = slots.lease(SHAPE)
    kept[:] = 8
    assert memory[:].count(7) == row.size
    del row
    gc.collect()
    assert (memory[:].count(7), memory[:].count(8)) == (0, kept.size)
