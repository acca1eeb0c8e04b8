"""What is told of a pool as pictures come to it equals what is told of all of it."""

from __future__ import annotations

from datetime import date
from functools import cache

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.library import Library
from services.domain.pairs import PairFinder
from services.domain.roll import Ints, Roll
from services.domain.stories.pools import Shown
from services.domain.stories.shortlist import Shortlist
from tests.quality.simulator import simulate

CUTS = st.lists(st.integers(0, 400), max_size=5)


@cache
def library() -> Library:
    return simulate(years=1.0, seed=3, first=date(2023, 1, 1), activity=0.4).library


@cache
def roll() -> Roll:
    return Roll.of(library())


def parts(cuts: list[int], step: int) -> list[Ints]:
    pool = np.arange(0, len(roll()), step)
    return np.split(pool, sorted(min(cut, pool.size) for cut in cuts))


@settings(deadline=None)
@given(CUTS, st.integers(1, 5), st.booleans())
def test_a_shortlist_that_grew_is_that_of_the_whole_pool(cuts: list[int], step: int, photos: bool) -> None:
    grown = Shortlist.empty()
    for part in parts(cuts, step):
        grown = grown.and_then(roll(), part, photos_only=photos)
    whole = Shortlist.empty().and_then(roll(), np.arange(0, len(roll()), step), photos_only=photos)
    assert grown.candidates.members.tolist() == whole.candidates.members.tolist()
    assert (grown.candidates.width, grown.counted, grown.scopes) == (
        whole.candidates.width,
        whole.counted,
        whole.scopes,
    )


@settings(deadline=None)
@given(CUTS, st.integers(1, 5))
def test_what_is_shown_of_somebody_grows_with_the_pictures(cuts: list[int], step: int) -> None:
    grown, believed = Shown.empty(), roll().dated
    for part in parts(cuts, step):
        grown = grown.and_then(roll(), believed, part)
    pool = np.arange(0, len(roll()), step)
    pool = pool[believed[pool]]
    showable = pool[roll().eligible[pool]]
    days = roll().days_of(showable)
    assert grown.pool.tolist() == pool.tolist()
    assert grown.showable.tolist() == showable.tolist()
    assert (grown.videos, grown.days) == (int(roll().video[showable].sum()), days.size)
    assert (grown.first.toordinal(), grown.last.toordinal()) == (days[0], days[-1])


@settings(deadline=None)
@given(st.integers(0, 2000))
def test_pairs_found_from_a_row_on_are_those_of_the_whole_roll(head: int) -> None:
    head = min(head, len(roll()))
    finder, shorter = PairFinder(), list(map(roll().assets.__getitem__, range(head)))
    finder.find(Roll.of(Library(tuple(shorter), library().people)))
    found = finder.find(roll(), 0)
    again = finder.find(roll(), head)
    expected = PairFinder().find(roll())
    for pairs in (found, again):
        assert [(p.people, p.members.tolist()) for p in pairs] == [
            (p.people, p.members.tolist()) for p in expected
        ]


@settings(deadline=None)
@given(st.lists(st.integers(0, 380), max_size=12))
def test_the_rows_of_days_are_found_by_the_order_of_time(since_new_year: list[int]) -> None:
    days = np.array([date(2022, 12, 30).toordinal() + n for n in since_new_year], dtype=np.int64)
    assert roll().rows_on(days).tolist() == np.flatnonzero(np.isin(roll().days, days)).tolist()
