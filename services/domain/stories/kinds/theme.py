"""A theme through the years: what an owner photographs again and again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from services.domain.eligibility import PAPERWORK
from services.domain.roll import Ints
from services.domain.stories import dates, evidence, wording
from services.domain.stories.context import Context, Shown
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
        shown = context.shown_of(members)
        if shown.showable.size >= LEAST and shown.days >= LEAST_DAYS:
            found.append((shown.showable.size, name, shown))
    found.sort(key=lambda item: (-item[0], item[1]))
    for _, name, shown in found[:MOST]:
        yield context.of_pool("theme", shown.pool, partial(_draft, context, name, shown))


def _draft(context: Context, name: str, shown: Shown) -> Draft:
    showable = shown.showable
    first, last = evidence.days(context, showable)
    several = first.year != last.year
    text = "subtitle.theme" if several else "subtitle.theme.year"
    return Draft(
        kind=StoryKind.THEME,
        key=name,
        title=wording.theme_title(name),
        subtitle=wording.say(text, years=dates.year_span(first.year, last.year)),
        pool=shown.pool,
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
