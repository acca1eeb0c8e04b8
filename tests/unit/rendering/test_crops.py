"""Crops keep people whole wherever that is possible."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.domain.media import Box
from services.rendering.crops import crop, extent, fits, with_head

ASPECTS = st.floats(0.3, 3.5)
UNIT = st.floats(0.0, 1.0)


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    width, height = draw(st.floats(0.01, 0.5)), draw(st.floats(0.01, 0.5))
    left, top = draw(UNIT) * (1 - width), draw(UNIT) * (1 - height)
    return Box(left, top, left + width, top + height)


def holds(window: Box, box: Box) -> bool:
    slack = 1e-6
    return (
        window.left <= box.left + slack
        and window.top <= box.top + slack
        and window.right >= box.right - slack
        and window.bottom >= box.bottom - slack
    )


@given(ASPECTS, ASPECTS, st.lists(boxes(), max_size=5))
def test_a_crop_has_the_aspect_ratio_and_lies_within_the_picture(
    picture: float, target: float, keep: list[Box]
) -> None:
    window = crop(picture, target, keep)
    assert window.width * picture / window.height == pytest.approx(target, rel=1e-6)
    assert holds(Box(0, 0, 1, 1), window)
    assert max(window.width, window.height) == pytest.approx(1.0)


@given(ASPECTS, ASPECTS, st.lists(boxes(), min_size=1, max_size=5))
def test_faces_that_fit_are_whole(picture: float, target: float, keep: list[Box]) -> None:
    if fits(picture, target, keep):
        assert all(holds(crop(picture, target, keep), box) for box in keep)


@given(ASPECTS, ASPECTS, st.lists(boxes(), min_size=1, max_size=5))
def test_heads_that_fit_are_whole(picture: float, target: float, keep: list[Box]) -> None:
    heads = [with_head(box) for box in keep]
    if fits(picture, target, heads):
        assert all(holds(crop(picture, target, keep), head) for head in heads)


@given(ASPECTS, ASPECTS, st.lists(boxes(), min_size=1, max_size=5))
def test_one_face_that_fits_alone_is_whole_even_when_all_together_do_not_fit(
    picture: float, target: float, keep: list[Box]
) -> None:
    if any(fits(picture, target, [box]) for box in keep):
        window = crop(picture, target, keep)
        assert any(holds(window, box) for box in keep)


def test_of_faces_that_do_not_fit_together_the_larger_ones_win() -> None:
    small, large = Box(0.0, 0.4, 0.1, 0.5), Box(0.7, 0.3, 0.95, 0.7)
    window = crop(2.0, 0.6, [small, large])
    assert holds(window, large)
    assert not holds(window, small)


def test_a_face_lies_on_the_upper_third() -> None:
    face = Box(0.4, 0.45, 0.6, 0.55)
    window = crop(0.5, 1.0, [face])
    assert (face.center[1] - window.top) / window.height == pytest.approx(0.4, abs=0.05)


def test_without_people_the_middle_is_shown() -> None:
    assert crop(2.0, 1.0).center[0] == pytest.approx(0.5)


def test_extent_is_the_largest_crop() -> None:
    assert extent(2.0, 1.0) == (0.5, 1.0)
    assert extent(1.0, 2.0) == (1.0, 0.5)
