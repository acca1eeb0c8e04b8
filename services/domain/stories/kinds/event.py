"""Collage of an event: the best afternoons, parties and outings of each year.

Due the day after. An event of a trip is told by its trip. Of each year the best events are told, judged by
how many pictures may be shown, who is in them and how far from home it was.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np

from services.domain.roll import Floats, Ints
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
    interests = np.array(context.of_events("interest", lambda index: _interest(context, index)))
    members, bounds = context.events.members, context.events.bounds
    begin, end = context.roll.days[members[bounds[:-1]]], context.roll.days[members[bounds[1:] - 1]]
    told = np.flatnonzero((interests > 0) & (end < context.today.toordinal()))
    years = _years(begin[told])
    for year in np.unique(years).tolist():
        yield from _of_year(context, year, told[years == year], interests)


def _of_year(context: Context, year: int, events: Ints, interests: Floats) -> Sequence[Draft]:
    """Return a draft for each of the best of these events; found anew only where one of them changed."""
    bounds = context.events.bounds
    sizes = bounds[events + 1] - bounds[events]
    pictures = context.events.members[bounds[events[0]] : bounds[events[-1] + 1]]
    return context.of_pool(
        ("events", sizes.tobytes(), interests[events].tobytes()),
        context.settled(("events", year), pictures),
        lambda: [
            _draft(context, context.events[index], float(interests[index]))
            for index in _best(context, events, interests)
        ],
    )


def _draft(context: Context, stretch: Stretch, interest: float) -> Draft:
    members = stretch.members
    title, subtitle = context.once("event title", members, lambda: titles.event(context, members))
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


def _best(context: Context, events: Ints, interests: Floats) -> list[int]:
    """Return the positions of the best events, the best first."""
    found: list[int] = events.tolist()
    if len(found) > BEST_A_YEAR:
        least = np.partition(interests[found], -BEST_A_YEAR)[-BEST_A_YEAR]
        found = [index for index in found if interests[index] >= least]
    return sorted(found, key=lambda index: (-interests[index], context.events[index].id))[:BEST_A_YEAR]


def _years(days: Ints) -> Ints:
    """Return the year of each day, given as its ordinal."""
    since_1970 = (days - date(1970, 1, 1).toordinal()).astype("datetime64[D]")
    return since_1970.astype("datetime64[Y]").astype(np.int64) + 1970


def _interest(context: Context, index: int) -> float:
    """Return how special an event is, 0…1; 0 for one that is too small, or told by its trip."""
    members = context.events.part(index)
    size = float(np.count_nonzero(context.roll.eligible[members]))
    if size < LEAST or (context.on_trip[members] >= 0).any():
        return 0.0
    faces = float(context.roll.faced[members].mean())
    away = titles.is_away(context, members)
    large = min(float(np.log1p(size) / np.log1p(LARGE)), 1.0)
    return (large + COMPANY * faces + AWAY * away) / (1.0 + COMPANY + AWAY)
