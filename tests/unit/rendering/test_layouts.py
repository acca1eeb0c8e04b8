"""Layouts tile their page evenly and respect what they hold."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.media import Box
from services.rendering.crops import fits
from services.rendering.layouts import Subject, arrange
from services.rendering.slicing import Cell, Rect, Row, slicings

PAGE = Rect(54, 54, 972, 1500)
GUTTER = 14
SUBJECTS = st.lists(
    st.builds(Subject, st.floats(0.4, 2.4), st.integers(100_000, 12_000_000)), min_size=1, max_size=9
)


@settings(max_examples=20, deadline=None)
@given(SUBJECTS)
def test_cells_tile_the_page(subjects: list[Subject]) -> None:
    cells = arrange(subjects, PAGE, GUTTER)
    assert len(cells) == len(subjects)
    covered = [(x, y) for cell in cells for x, y in _corners(cell)]
    assert min(x for x, _ in covered) == PAGE.left
    assert min(y for _, y in covered) == PAGE.top
    assert max(x for x, _ in covered) == PAGE.left + PAGE.width
    assert max(y for _, y in covered) == PAGE.top + PAGE.height
    assert not any(_closer_than_a_gutter(a, b) for i, a in enumerate(cells) for b in cells[:i])


def test_every_slicing_shows_every_picture_once() -> None:
    for count in range(1, 10):
        for slicing in slicings(count):
            placed = dict(slicing.place(PAGE, [1.0] * count, GUTTER))
            assert sorted(placed) == list(range(count))


def test_a_row_gives_width_by_aspect_ratio() -> None:
    cells = dict(Row((Cell(0), Cell(1))).place(Rect(0, 0, 314, 100), [2.0, 1.0], GUTTER))
    assert cells == {0: Rect(0, 0, 200, 100), 1: Rect(214, 0, 100, 100)}


def test_a_wide_group_gets_a_cell_that_holds_it_whole() -> None:
    group = Subject(1.5, 6_000_000, (Box(0.05, 0.3, 0.2, 0.5), Box(0.8, 0.3, 0.95, 0.5)))
    subjects = [group, *[Subject(0.75, 6_000_000)] * 4]
    cell = arrange(subjects, PAGE, GUTTER, cover=1)[0]
    assert fits(group.aspect, cell.aspect, group.keep)


@pytest.mark.parametrize("cover", [0, 2, 4])
def test_the_cover_is_not_the_smallest(cover: int) -> None:
    subjects = [Subject(1.0, 6_000_000)] * 5
    areas = [cell.area for cell in arrange(subjects, PAGE, GUTTER, cover)]
    assert areas[cover] == max(areas)


def test_the_same_pictures_are_laid_out_the_same() -> None:
    subjects = [Subject(0.6 + 0.2 * i, 1_000_000) for i in range(7)]
    first, second = (arrange(subjects, PAGE, GUTTER) for _ in pairwise(range(3)))
    assert first == second


def _corners(cell: Rect) -> list[tuple[int, int]]:
    return [(cell.left, cell.top), (cell.left + cell.width, cell.top + cell.height)]


def _closer_than_a_gutter(a: Rect, b: Rect) -> bool:
    return (
        a.left < b.left + b.width + GUTTER
        and b.left < a.left + a.width + GUTTER
        and a.top < b.top + b.height + GUTTER
        and b.top < a.top + a.height + GUTTER
    )
