"""What is in which row: a sparse table of rows and names, in order of rows."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, eq=False)
class Tally:
    """Entries of a sparse table; all arrays are [entries]."""

    rows: Ints
    """Ascending."""
    codes: Ints

    @staticmethod
    def of(entries: Iterable[tuple[int, K]], numbers: dict[K, int]) -> Tally:
        """Note entries, given in order of rows; names get the numbers that they have, or the next ones."""
        noted = [(row, numbers.setdefault(name, len(numbers))) for row, name in entries]
        rows, codes = zip(*noted, strict=True) if noted else ((), ())
        return Tally(np.array(rows, np.int64), np.array(codes, np.int64))

    @staticmethod
    def joined(tables: Sequence[Tally], length: int) -> Tally:
        """Return tables one below the other, each but the last of so many rows."""
        rows = [table.rows + i * length for i, table in enumerate(tables)]
        return Tally(np.concatenate(rows), np.concatenate([table.codes for table in tables]))

    def spliced(self, head: int, cut: int, middle: Tally, length: int) -> Tally:
        """Return the table with other rows, `length` of them, in place of those from `head` up to `cut`."""
        first, last = (int(at) for at in np.searchsorted(self.rows, (head, cut)))
        return Tally(
            np.concatenate([self.rows[:first], middle.rows + head, self.rows[last:] + (head + length - cut)]),
            np.concatenate([self.codes[:first], middle.codes, self.codes[last:]]),
        )

    def entries_of(self, rows: Ints) -> tuple[Ints, Ints]:
        """Return the entries of some rows, row after row, and the position of its row for each."""
        low = np.searchsorted(self.rows, rows)
        sizes = np.searchsorted(self.rows, rows, side="right") - low
        of = np.repeat(np.arange(rows.size), sizes)
        first = np.cumsum(sizes) - sizes
        return low[of] + np.arange(of.size) - first[of], of

    def by_name(self, numbers: Mapping[K, int]) -> Iterator[tuple[K, Ints]]:
        """Return the rows of each name that has some, ascending."""
        small = len(numbers) <= np.iinfo(np.uint16).max
        codes = self.codes.astype(np.uint16) if small else self.codes
        order = np.argsort(codes, kind="stable")
        rows = self.rows[order]
        bounds = np.concatenate([[0], np.cumsum(np.bincount(self.codes, minlength=len(numbers)))]).tolist()
        for name, code in numbers.items():
            low, high = bounds[code], bounds[code + 1]
            if high > low:
                yield name, rows[low:high]

    def by_name_after(
        self, known: Mapping[K, Ints], earlier: Tally, head: int, numbers: Mapping[K, int]
    ) -> dict[K, Ints]:
        """Return the rows of each name, given those of an earlier table that has the same rows before `head`.

        The array of a name that is in no later row of either is the same object.
        """
        result, names = dict(known), list(numbers)
        first, old = np.searchsorted(self.rows, head), np.searchsorted(earlier.rows, head)
        rows, codes = self.rows[first:], self.codes[first:]
        for code in np.union1d(codes, earlier.codes[old:]).tolist():
            before = known.get(names[code], self.rows[:0])
            before = before[: np.searchsorted(before, head)]
            result[names[code]] = np.concatenate([before, rows[codes == code]])
            if not result[names[code]].size:
                del result[names[code]]
        return result
