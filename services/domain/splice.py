"""Columns along the timeline that are kept from one planning to the next, computed anew where it changed.

Every row of a Roll has a token: a number that stands for its content and is never given twice. A stage that
goes along the timeline is a pure function of a stretch of rows. The rows that two plannings share at the
beginning and at the end are known by their tokens; what was computed of them is kept, and only the rows
between are computed. A stage that looks at neighbours says how far it looks (`reach`), and so many rows more
are computed.

This equals computing all, bit for bit, as long as the stage computes an element from its surroundings alone:
element by element, never by a sum that runs from the beginning.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
D = TypeVar("D", bound=np.generic)
V = TypeVar("V")


@dataclass(frozen=True, slots=True)
class Seam:
    """How much two sequences share at the beginning and at the end, never overlapping."""

    head: int
    tail: int

    @staticmethod
    def between(old: Ints, new: Ints) -> Seam:
        """Compare the tokens of two sequences."""
        shorter = min(old.size, new.size)
        head = _agreeing(old[:shorter], new[:shorter])
        rest = shorter - head
        return Seam(head, _agreeing(old[old.size - rest :][::-1], new[new.size - rest :][::-1]))

    def narrowed(self, reach: int) -> Seam:
        """Return what is left where an element also depends on `reach` elements to either side."""
        return Seam(max(self.head - reach, 0), max(self.tail - reach, 0))


def _agreeing(one: Ints, other: Ints) -> int:
    """Return how many elements are equal before the first that is not."""
    differ = one != other
    first = int(differ.argmax()) if differ.size else 0
    return first if differ.size and differ[first] else int(differ.size)


class Along(Generic[D]):
    """One number for each element of a sequence, from the element and its neighbours."""

    def __init__(self, reach: int = 0) -> None:
        self._reach = reach
        self._tokens: Ints | None = None
        self._given: Hashable = None
        self._values: NDArray[D]

    def column(
        self, tokens: Ints, compute: Callable[[slice], NDArray[D]], given: Hashable = None
    ) -> NDArray[D]:
        """Return the column; the array may be shared with earlier ones and is not to be changed.

        Args:
            tokens: int64[n], one an element.
            compute: Computes a stretch of the sequence as if there was nothing else; one value an element.
            given: What the values depend on besides the elements; another value computes all anew.
        """
        n = tokens.size
        if self._tokens is None or self._given != given:
            values = compute(slice(0, n))
        else:
            seam = Seam.between(self._tokens, tokens)
            if seam.head == n == self._tokens.size:
                return self._values
            values = self._spliced(seam.narrowed(self._reach), n, compute)
        self._tokens, self._given, self._values = tokens, given, values
        return values

    def _spliced(self, seam: Seam, n: int, compute: Callable[[slice], NDArray[D]]) -> NDArray[D]:
        first, last = seam.head, n - seam.tail
        low, high = max(first - self._reach, 0), min(last + self._reach, n)
        middle = compute(slice(low, high))[first - low : last - low]
        return np.concatenate([self._values[:first], middle, self._values[self._values.size - seam.tail :]])


class InGroups(Generic[V]):
    """One value for each of the groups that a sequence is cut into, from the elements of the group."""

    def __init__(self) -> None:
        self._tokens: Ints | None = None
        self._bounds: Ints
        self._given: Hashable = None
        self._values: Sequence[V]

    def values(
        self,
        tokens: Ints,
        bounds: Ints,
        compute: Callable[[int], V],
        given: Hashable = None,
    ) -> Sequence[V]:
        """Return the value of each group, in order.

        Args:
            tokens: int64[n], one an element, the groups one after the other.
            bounds: int64[groups + 1], where each group begins, and n.
            compute: Computes the value of a group, given by its position.
            given: What the values depend on besides the elements; another value computes all anew.
        """
        head = tail = 0
        groups = bounds.size - 1
        if self._tokens is not None and self._given == given:
            seam = Seam.between(self._tokens, tokens)
            head, tail = self._kept(seam, bounds, tokens.size)
            if head == groups == len(self._values):
                return self._values
        middle = [compute(group) for group in range(head, groups - tail)]
        kept = self._values if head or tail else ()
        values = [*kept[:head], *middle, *kept[len(kept) - tail :]]
        self._tokens, self._bounds, self._given, self._values = tokens, bounds, given, values
        return values

    def _kept(self, seam: Seam, bounds: Ints, n: int) -> tuple[int, int]:
        """Return how many groups at the beginning and at the end are what they were."""
        old, new = self._bounds, bounds
        shorter = min(old.size, new.size)
        same = _agreeing(old[:shorter], new[:shorter])
        head = max(min(same, int(np.searchsorted(new, seam.head, side="right"))) - 1, 0)
        old_end, new_end = (old[-1] - old)[::-1], (n - new)[::-1]
        same = _agreeing(old_end[:shorter], new_end[:shorter])
        tail = max(min(same, int(np.searchsorted(new_end, seam.tail, side="right"))) - 1, 0)
        return head, min(tail, shorter - 1 - head)


class OfArrays:
    """What follows from arrays of positions, as long as these are the very same objects.

    An array is the same only while the rows that it names are: whoever hands out arrays sees to it.
    """

    def __init__(self) -> None:
        self._given: Hashable = None
        self._before: dict[tuple[Hashable, int], tuple[object, object]] = {}
        self._now: dict[tuple[Hashable, int], tuple[object, object]] = {}
        self._tokens: Ints = np.zeros(0, dtype=np.int64)
        self._unchanged = 0
        self._arrays_before: dict[Hashable, Ints] = {}
        self._arrays: dict[Hashable, Ints] = {}
        self._grown_before: dict[Hashable, tuple[Ints, object]] = {}
        self._grown: dict[Hashable, tuple[Ints, object]] = {}

    def turn(self, given: Hashable, tokens: Ints) -> None:
        """Begin a planning: keep what the last one used, if what all results depend on is still the same.

        Args:
            given: What all results depend on.
            tokens: int64[n], one a row.
        """
        self._before, self._now = (self._now if given == self._given else {}), {}
        self._grown_before, self._grown = (self._grown if given == self._given else {}), {}
        self._arrays_before, self._arrays = self._arrays, {}
        shorter = min(tokens.size, self._tokens.size)
        self._unchanged = _agreeing(tokens[:shorter], self._tokens[:shorter])
        self._given, self._tokens = given, tokens

    @property
    def unchanged(self) -> int:
        """How many rows at the beginning are as they were in the planning before."""
        return self._unchanged

    def settled(self, name: Hashable, array: Ints) -> Ints:
        """Return positions as the very array that they were before, if nothing in them changed."""
        old = self._arrays_before.get(name)
        same = old is not None and old.size == array.size and bool((old == array).all())
        if same and (array.size == 0 or array.max() < self._unchanged):
            array = old if old is not None else array
        self._arrays[name] = array
        return array

    def get(self, what: Hashable, array: object, compute: Callable[[], V]) -> V:
        """Return what follows from an array, whose type V `what` decides."""
        key = (what, id(array))
        found = self._now.get(key) or self._before.get(key) or (array, compute())
        self._now[key] = found
        return found[1]  # type: ignore[return-value]

    def grown(
        self, name: Hashable, array: Ints, empty: Callable[[], V], and_then: Callable[[V, Ints], V]
    ) -> V:
        """Return what follows from an array, of type V, from what followed from its beginning.

        Args:
            name: Of the result and the array.
            array: Positions, ascending.
            empty: The result for no positions.
            and_then: The result for more positions in addition.
        """
        known = self._grown.get(name) or self._grown_before.get(name)
        if known is None or not self._begins_with(array, known[0]):
            known = array[:0], empty()
        before, value = known
        if before.size < array.size:
            value = and_then(value, array[before.size :])  # type: ignore[arg-type]
        self._grown[name] = array, value
        return value  # type: ignore[return-value]

    def _begins_with(self, array: Ints, before: Ints) -> bool:
        """Tell whether an array has these positions at its beginning, and nothing changed in them."""
        n = before.size
        if array is before or n == 0:
            return True
        same = n <= array.size and before[-1] < self._unchanged and array[n - 1] == before[-1]
        return bool(same and (array[:n] == before).all())


class Memo:
    """Results of pure functions by all that they depend on; what one planning did not use is dropped."""

    def __init__(self) -> None:
        self._given: Hashable = None
        self._before: dict[Hashable, object] = {}
        self._now: dict[Hashable, object] = {}

    def turn(self, given: Hashable) -> bool:
        """Begin a planning: keep what the last one used, if what all results depend on is still the same.

        Returns:
            Whether it is.
        """
        same = given == self._given
        self._before, self._now = (self._now if same else {}), {}
        self._given = given
        return same

    def get(self, key: Hashable, compute: Callable[[], V]) -> V:
        """Return the result for a key, whose type V the first part of the key decides."""
        if key in self._now:
            return self._now[key]  # type: ignore[return-value]
        found = self._before[key] if key in self._before else compute()
        self._now[key] = found
        return found  # type: ignore[return-value]
