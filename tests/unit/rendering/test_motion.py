"""Movements are smooth, stay in the picture and never leave a face that they began with."""

from __future__ import annotations

from itertools import pairwise
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.media import Box
from services.rendering.crops import fits, with_head
from services.rendering.video.motion import ease, move_over, shape_for

FRAME = 9 / 16
ASPECTS = st.floats(0.4, 3.0)
FACES = st.lists(
    st.builds(
        lambda x, y, s: Box(x, y, x + s, y + s), st.floats(0, 0.8), st.floats(0, 0.8), st.floats(0.02, 0.2)
    ),
    max_size=4,
)


@given(ASPECTS, FACES, st.integers(0, 100))
def test_every_window_is_in_the_picture_and_of_the_frames_shape(
    picture: float, keep: list[Box], seed: int
) -> None:
    move = move_over(picture, FRAME, keep, Random(seed))
    for step in range(11):
        window = move.at(step / 10)
        assert min(window.left, window.top) >= -1e-6
        assert max(window.right, window.bottom) <= 1 + 1e-6
        assert window.width * picture / window.height == pytest.approx(FRAME, rel=1e-3)


@given(ASPECTS, FACES, st.integers(0, 100))
def test_heads_that_fit_are_whole_all_the_way(picture: float, keep: list[Box], seed: int) -> None:
    heads = [with_head(box) for box in keep]
    if not heads or not fits(picture, FRAME, heads):
        return
    move = move_over(picture, FRAME, keep, Random(seed))
    for step in range(11):
        window = move.at(step / 10)
        for head in heads:
            assert window.left <= head.left + 1e-6
            assert window.right >= head.right - 1e-6
            assert window.top <= head.top + 1e-6
            assert window.bottom >= head.bottom - 1e-6


@given(ASPECTS, FACES, st.floats(0, 2))
def test_a_shape_is_never_narrower_than_the_frame_nor_wider_than_needed(
    picture: float, keep: list[Box], narrowest: float
) -> None:
    shape = shape_for(picture, FRAME, keep, narrowest)
    assert FRAME <= shape <= max(FRAME, picture)
    heads = [with_head(box) for box in keep]
    assert fits(picture, shape, heads) or shape == pytest.approx(FRAME)


def test_easing_is_monotonic_and_soft_at_both_ends() -> None:
    way = [ease(step / 200) for step in range(201)]
    speeds = [b - a for a, b in pairwise(way)]
    assert (way[0], way[-1]) == (0.0, pytest.approx(1.0))
    assert min(speeds) > 0
    assert speeds[0] < 0.05 * max(speeds) < max(speeds) / 2
    assert max(abs(b - a) for a, b in pairwise(speeds)) < 0.1 * max(speeds)


def test_a_wide_view_is_panned_across() -> None:
    move = move_over(2.0, FRAME, [], Random(1))
    assert abs(move.end.center[0] - move.start.center[0]) > 0.3


def test_the_way_to_a_face_ends_closer() -> None:
    move = move_over(0.75, FRAME, [Box(0.4, 0.2, 0.6, 0.4)], Random(1))
    assert move.end.width < 0.95 * move.start.width
