"""Collage of an event: the best afternoons, parties and outings of each year.

Due the day after. An event of a trip is told by its trip. Of each year the best events are told, judged by
how many pictures may be shown, who is in them and how far from home it was.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import timedelta

import numpy as np

from services.domain.roll import Floats
from services.domain.stories import titles
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.story import StoryKind
from services.domain.timeline import Stretch

LEAST = 3
BEST_A_YEAR = 6
LARGE = 40.0
"""So many pictures of one event leave no doubt that it mattered."""
COMPANY, AWAY = 0.3, 0.2
"""What people, and being away from home, add to an event's size (0…1)."""


def propose(context: Context) -> Iterable[Draft]:
    """Return a draft for each of the best events of each year."""
    by_year: dict[int, list[tuple[float, Stretch]]] = defaultdict(list)
    sizes = _showable_counts(context)
    for stretch, size in zip(context.events, sizes.tolist(), strict=True):
        if size >= LEAST and not _told_by_trip(context, stretch) and _is_over(context, stretch):
            year = context.time(int(stretch.members[0])).year
            by_year[year].append((_interest(context, stretch, size), stretch))
    for found in by_year.values():
        best = sorted(found, key=lambda item: (-item[0], item[1].id))[:BEST_A_YEAR]
        yield from (_draft(context, stretch, interest) for interest, stretch in best)


def _draft(context: Context, stretch: Stretch, interest: float) -> Draft:
    title, subtitle = titles.event(context, stretch.members)
    return Draft(
        kind=StoryKind.EVENT,
        key=stretch.id,
        title=title,
        subtitle=subtitle,
        pool=stretch.members,
        least=LEAST,
        due=context.time(int(stretch.members[-1])).date() + timedelta(days=1),
        strength=interest,
    )


def _showable_counts(context: Context) -> Floats:
    """Return how many pictures of each event may be shown."""
    if not context.events:
        return np.zeros(0)
    sizes = [stretch.members.size for stretch in context.events]
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]])
    members = np.concatenate([stretch.members for stretch in context.events])
    return np.add.reduceat(context.roll.eligible[members].astype(np.float64), starts)


def _told_by_trip(context: Context, stretch: Stretch) -> bool:
    return bool((context.on_trip[stretch.members] >= 0).any())


def _is_over(context: Context, stretch: Stretch) -> bool:
    return context.time(int(stretch.members[-1])).date() < context.today


def _interest(context: Context, stretch: Stretch, size: float) -> float:
    faces = float(context.roll.faced[stretch.members].mean())
    away = titles.is_away(context, stretch.members)
    large = min(float(np.log1p(size) / np.log1p(LARGE)), 1.0)
    return (large + COMPANY * faces + AWAY * away) / (1.0 + COMPANY + AWAY)
