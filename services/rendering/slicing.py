"""Slicing trees: ways to cut a rectangle into cells by straight cuts, the cells sized by what they hold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product


@dataclass(frozen=True, slots=True)
class Rect:
    """A rectangle in whole pixels."""

    left: int
    top: int
    width: int
    height: int

    @property
    def aspect(self) -> float:
        """Width / height."""
        return self.width / self.height

    @property
    def area(self) -> int:
        """Square pixels."""
        return self.width * self.height


@dataclass(frozen=True, slots=True)
class Cell:
    """An uncut rectangle, for the picture of this number."""

    number: int

    def aspect(self, aspects: Sequence[float]) -> float:
        """Return the aspect ratio at which the picture is not cropped."""
        return aspects[self.number]

    def place(self, into: Rect, aspects: Sequence[float], gutter: int) -> Iterator[tuple[int, Rect]]:
        """Yield the picture's number and rectangle."""
        yield self.number, into


@dataclass(frozen=True, slots=True)
class Row:
    """Parts side by side, of one height."""

    parts: tuple[Slicing, ...]

    def aspect(self, aspects: Sequence[float]) -> float:
        """Return the aspect ratio at which no picture in it is cropped."""
        return sum(part.aspect(aspects) for part in self.parts)

    def place(self, into: Rect, aspects: Sequence[float], gutter: int) -> Iterator[tuple[int, Rect]]:
        """Yield each picture's number and rectangle; widths follow the parts' aspect ratios."""
        shares = [part.aspect(aspects) for part in self.parts]
        for part, (start, length) in zip(self.parts, _cut(into.width, shares, gutter), strict=True):
            cell = Rect(into.left + start, into.top, length, into.height)
            yield from part.place(cell, aspects, gutter)


@dataclass(frozen=True, slots=True)
class Column:
    """Parts above each other, of one width."""

    parts: tuple[Slicing, ...]

    def aspect(self, aspects: Sequence[float]) -> float:
        """Return the aspect ratio at which no picture in it is cropped."""
        return 1.0 / sum(1.0 / part.aspect(aspects) for part in self.parts)

    def place(self, into: Rect, aspects: Sequence[float], gutter: int) -> Iterator[tuple[int, Rect]]:
        """Yield each picture's number and rectangle; heights follow the parts' aspect ratios."""
        shares = [1.0 / part.aspect(aspects) for part in self.parts]
        for part, (start, length) in zip(self.parts, _cut(into.height, shares, gutter), strict=True):
            cell = Rect(into.left, into.top + start, into.width, length)
            yield from part.place(cell, aspects, gutter)


Slicing = Cell | Row | Column


@cache
def slicings(count: int) -> tuple[Slicing, ...]:
    """Return the ways to show this many pictures: rows, columns, and a large picture beside a stack."""
    found: dict[Slicing, None] = {}
    for counts in _compositions(count, most=3):
        groups = _numbered(counts)
        for rows in product(*(_bands(group) for group in groups)):
            found[_one_or(Column, rows)] = None
        found[_one_or(Row, tuple(_one_or(Column, _cells(group)) for group in groups))] = None
    return tuple(found)


def _bands(numbers: range) -> tuple[Slicing, ...]:
    """Return the forms of a band of pictures: side by side or, of three, one large beside two stacked."""
    beside = _one_or(Row, _cells(numbers))
    if len(numbers) != 3:
        return (beside,)
    first, second, third = _cells(numbers)
    return beside, Row((first, Column((second, third)))), Row((Column((first, second)), third))


def _cells(numbers: range) -> tuple[Slicing, ...]:
    return tuple(Cell(number) for number in numbers)


def _one_or(kind: type[Row] | type[Column], parts: tuple[Slicing, ...]) -> Slicing:
    return parts[0] if len(parts) == 1 else kind(parts)


def _compositions(total: int, most: int) -> Iterator[tuple[int, ...]]:
    """Yield every ordered way to write `total` as a sum of numbers from 1 to `most`."""
    if total == 0:
        yield ()
    for first in range(1, min(total, most) + 1):
        for rest in _compositions(total - first, most):
            yield (first, *rest)


def _numbered(counts: Sequence[int]) -> list[range]:
    starts = [sum(counts[:i]) for i in range(len(counts))]
    return [range(start, start + count) for start, count in zip(starts, counts, strict=True)]


def _cut(length: int, shares: Sequence[float], gutter: int) -> Iterator[tuple[int, int]]:
    """Yield the start and length of each part; parts and gutters fill the length to the pixel."""
    free, whole = length - gutter * (len(shares) - 1), sum(shares)
    done = 0.0
    for number, share in enumerate(shares):
        start = round(done / whole * free)
        done += share
        yield start + number * gutter, max(1, round(done / whole * free) - start)
