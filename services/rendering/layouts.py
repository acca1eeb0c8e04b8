"""Chooses how pictures share a page: the slicing and the order that crop least and cut no face."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

from services.domain.media import Box
from services.rendering.crops import extent, hull, with_head
from services.rendering.slicing import Rect, Slicing, slicings

MOST_PICTURES = 9
"""More than nine on one page are stamps."""

# What a layout is charged for, each roughly 0…1 for one picture before weighting.
_CROPPED, _FACE_CUT, _ENLARGED, _UNEVEN, _SLIVER, _OUT_OF_ORDER = 1.0, 3.0, 0.5, 0.35, 2.0, 0.04
_COVER = 0.9
"""What a cover that is as large as the page would earn."""
_FINALISTS = 10
"""How many slicings are tried in other orders of the pictures."""
_NARROWEST, _WIDEST = 0.45, 2.2
"""Aspect ratios beyond which a cell is a sliver."""


@dataclass(frozen=True, slots=True)
class Subject:
    """A picture as a layout sees it."""

    aspect: float
    """Width / height."""
    pixels: int
    """Of the upright original: small pictures go to small cells."""
    keep: tuple[Box, ...] = ()
    """What should not be cut, in fractions of the picture."""


def arrange(subjects: Sequence[Subject], page: Rect, gutter: int, cover: int = 0) -> list[Rect]:
    """Return a cell of the page for each picture, in the order given.

    Every slicing is tried in the order given; the best are then improved by exchanging pictures as
    long as that helps. The result depends on nothing but the arguments.

    Args:
        subjects: 1…9 pictures.
        page: what to fill; the cells tile it, `gutter` pixels apart.
        gutter: pixels between cells.
        cover: the index of the picture that deserves a large cell.
    """
    search = _Search(tuple(subjects), page, gutter, cover)
    order = tuple(range(len(subjects)))
    ranked = sorted(slicings(len(subjects)), key=lambda slicing: search.cost(slicing, order))
    improved = [search.improve(slicing, order) for slicing in ranked[:_FINALISTS]]
    slicing, order = min(improved, key=lambda found: search.cost(*found))
    return search.cells(slicing, order)


@dataclass(frozen=True)
class _Search:
    """The pictures and the page of one search."""

    subjects: tuple[Subject, ...]
    page: Rect
    gutter: int
    cover: int

    def cells(self, slicing: Slicing, order: tuple[int, ...]) -> list[Rect]:
        """Return each picture's cell when the slicing is filled in this order."""
        aspects = [min(max(self.subjects[i].aspect, _NARROWEST), _WIDEST) for i in order]
        placed = {order[number]: rect for number, rect in slicing.place(self.page, aspects, self.gutter)}
        return [placed[i] for i in range(len(order))]

    def cost(self, slicing: Slicing, order: tuple[int, ...]) -> float:
        """Return what this layout loses; less is better."""
        cells = self.cells(slicing, order)
        mean = self.page.area / len(cells)
        lost = sum(_loss(subject, cell, mean) for subject, cell in zip(self.subjects, cells, strict=True))
        moved = sum(abs(i - number) for number, i in enumerate(order)) / len(order)
        return lost + _OUT_OF_ORDER * moved - _COVER * cells[self.cover].area / self.page.area

    def improve(self, slicing: Slicing, order: tuple[int, ...]) -> tuple[Slicing, tuple[int, ...]]:
        """Exchange two pictures at a time as long as one exchange helps."""
        best, least = order, self.cost(slicing, order)
        while True:
            tried = [_exchanged(best, *pair) for pair in combinations(range(len(order)), 2)]
            found = min(tried, key=lambda other: self.cost(slicing, other), default=best)
            if (cost := self.cost(slicing, found)) >= least - 1e-9:
                return slicing, best
            best, least = found, cost


def _exchanged(order: tuple[int, ...], first: int, second: int) -> tuple[int, ...]:
    swapped = list(order)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    return tuple(swapped)


def _loss(subject: Subject, cell: Rect, mean_area: float) -> float:
    """Return what one picture loses in one cell."""
    width, height = extent(subject.aspect, cell.aspect)
    enlarged = max(0.0, math.log2(cell.area / (subject.pixels * width * height)) / 2)
    uneven = math.log2(cell.area / mean_area) ** 2 / 4
    return (
        _CROPPED * (1.0 - width * height)
        + _FACE_CUT * _cut_away(subject, width, height)
        + _ENLARGED * enlarged
        + _UNEVEN * uneven
        + _SLIVER * (not _NARROWEST <= cell.aspect <= _WIDEST)
    )


def _cut_away(subject: Subject, width: float, height: float) -> float:
    """Return the fraction of the heads' common extent for which a crop of this size has no room."""
    around = hull([with_head(box) for box in subject.keep])
    if around is None:
        return 0.0
    return max(0.0, 1.0 - width / around.width) + max(0.0, 1.0 - height / around.height)
