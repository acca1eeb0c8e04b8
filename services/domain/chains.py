"""Which of many spans of time, given in the order of their numbers, go on in time as their numbers do."""

from __future__ import annotations

import numpy as np

from services.domain.columns import Bools, Floats, Ints

REACH = 16
"""Spans to either side that one is judged by: local, so that a change is felt nearby alone."""


def in_order(starts: Floats, ends: Floats, weights: Ints) -> Bools:
    """Mark the spans that lie on a heaviest chain, without a step back, of those around them; bool[n].

    Time O(n · REACH²), but O(n · REACH) where nothing goes back.

    Args:
        starts: float64[n], seconds.
        ends: float64[n].
        weights: int64[n], how many pictures each holds.
    """
    n = starts.size
    against = np.zeros(n, dtype=np.bool_)
    for step in range(1, min(REACH, n - 1) + 1):
        back = ends[:-step] > starts[step:]
        against[:-step] |= back
        against[step:] |= back
    doubted = np.flatnonzero(against)
    result = np.ones(n, dtype=np.bool_)
    if doubted.size:
        result[doubted] = _on_heaviest(doubted, starts, ends, weights)
    return result


def _on_heaviest(doubted: Ints, starts: Floats, ends: Floats, weights: Ints) -> Bools:
    """Tell of some spans whether a heaviest chain of their surroundings goes through them."""
    around = doubted[:, None] + np.arange(-REACH, REACH + 1)
    there = (around >= 0) & (around < starts.size)
    around = around.clip(0, starts.size - 1)
    first = np.where(there, starts[around], -np.inf)
    last = np.where(there, ends[around], np.inf)
    weight = np.where(there, weights[around], 0).astype(np.int64)
    until = _heaviest_until(first, last, weight)
    since = _heaviest_until(-last[:, ::-1], -first[:, ::-1], weight[:, ::-1])[:, ::-1]
    through = until + since - weight
    return np.asarray(through[:, REACH] == through.max(axis=1))


def _heaviest_until(first: Floats, last: Floats, weight: Ints) -> Ints:
    """Return the weight of the heaviest chain that ends with each span; int64[windows, spans]."""
    best = weight.copy()
    for at in range(1, best.shape[1]):
        fits = last[:, :at] <= first[:, at : at + 1]
        best[:, at] += np.where(fits, best[:, :at], 0).max(axis=1)
    return best
