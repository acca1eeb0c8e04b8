"""How long seasons last: from half a year to eight years, so that none holds too many faces.

A long season finds people who are seen now and then. But one face that comes late has its whole season
grouped again, and among many passers-by some are alike by chance. So a season is cut in halves while it holds
more than LARGEST faces: this depends on the faces alone, not on how they came.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

HALF_YEAR_DAYS = 365.25 / 2
FIRST_DAY = 60.0
"""Half-years begin in March and in September rather than amid New Year's Eve."""
LONGEST = 16
"""Half-years."""
LARGEST = 6000
"""Faces, some seconds' work for no season."""


class Term(NamedTuple):
    """When a season is, in half-years."""

    first: int
    """Since 1970."""
    length: int


class SeasonCalendar:
    """Counts faces and says when seasons are."""

    def __init__(self) -> None:
        self._faces: Counter[int] = Counter()
        self._terms: dict[int, Term] = {}

    def count(self, taken: datetime, faces: int) -> None:
        """Note faces that came, or, below 0, that went."""
        self._faces[_half_year(taken)] += faces

    def cut(self) -> set[Term]:
        """Say anew when seasons are; return all that hold faces."""
        present = {half for half, faces in self._faces.items() if faces}
        blocks = sorted({half // LONGEST * LONGEST for half in present})
        terms = {term for first in blocks for term in self._halved(Term(first, LONGEST))}
        self._terms = {half: term for term in terms for half in range(term.first, term.first + term.length)}
        return {self._terms[half] for half in present}

    def term_of(self, taken: datetime) -> Term:
        """Return the season that a time is in, as they were cut last."""
        return self._terms[_half_year(taken)]

    def _halved(self, term: Term) -> Iterator[Term]:
        first, length = term
        if length == 1 or sum(self._faces[half] for half in range(first, first + length)) <= LARGEST:
            yield term
        else:
            yield from self._halved(Term(first, length // 2))
            yield from self._halved(Term(first + length // 2, length // 2))


def _half_year(taken: datetime) -> int:
    return int((taken.timestamp() / 86_400.0 - FIRST_DAY) // HALF_YEAR_DAYS)
