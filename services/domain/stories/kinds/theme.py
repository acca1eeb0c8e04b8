"""A theme through the years: what an owner photographs again and again."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from services.domain.eligibility import PAPERWORK
from services.domain.roll import Ints
from services.domain.stories import dates, evidence, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.story import StoryKind
from services.domain.stories.text import Text

LEAST = 4
LEAST_DAYS = 3
"""Fewer days are one outing."""
MOST = 8
"""Themes told at a time."""
OFTEN = 60.0
NOT_TOLD = PAPERWORK | {"work", "home", "house", "cars"}
"""Themes that tell nothing about a life."""


def propose(context: Context) -> Iterable[Draft]:
    """Return a draft for each of the themes that are seen most."""
    found = []
    for name, members in context.roll.theme_members.items():
        if name in NOT_TOLD:
            continue
        pool = context.dated(members)
        showable = context.showable(pool)
        if showable.size >= LEAST and context.roll.days_of(showable).size >= LEAST_DAYS:
            found.append((showable.size, name, pool))
    found.sort(key=lambda item: (-item[0], item[1]))
    yield from (_draft(context, name, pool) for _, name, pool in found[:MOST])


def _draft(context: Context, name: str, pool: Ints) -> Draft:
    showable = context.showable(pool)
    first, last = evidence.days(context, showable)
    several = first.year != last.year
    text = "subtitle.theme" if several else "subtitle.theme.year"
    return Draft(
        kind=StoryKind.THEME,
        key=name,
        title=wording.theme_title(name),
        subtitle=wording.say(text, years=dates.year_span(first.year, last.year)),
        pool=pool,
        least=LEAST,
        due=last,
        strength=float(np.log1p(showable.size) / np.log1p(OFTEN)),
        because=(_reason(context, name, showable),),
        pool_told=True,
        theme=name,
    )


def _reason(context: Context, name: str, showable: Ints) -> Text:
    return wording.say(
        "why.theme",
        media=evidence.counted(context, showable),
        when=evidence.when(context, showable),
        theme=wording.theme(name),
    )
