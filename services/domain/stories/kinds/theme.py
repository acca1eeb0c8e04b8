"""A theme through the years: what an owner photographs again and again."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial

import numpy as np

from services.domain.eligibility import PAPERWORK
from services.domain.stories import dates, evidence, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.pools import Shown
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
        shown = context.shown_of(("theme", name), members)
        if shown.showable.size >= LEAST and shown.days >= LEAST_DAYS:
            found.append((shown.showable.size, name, shown))
    found.sort(key=lambda item: (-item[0], item[1]))
    for _, name, shown in found[:MOST]:
        yield context.of_pool("theme", shown.pool, partial(_draft, name, shown))


def _draft(name: str, shown: Shown) -> Draft:
    first, last = shown.first, shown.last
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
        strength=float(np.log1p(shown.showable.size) / np.log1p(OFTEN)),
        because=(_reason(name, shown),),
        pool_told=True,
        theme=name,
    )


def _reason(name: str, shown: Shown) -> Text:
    return wording.say(
        "why.theme",
        media=wording.media(shown.photos, shown.videos),
        when=evidence.between(shown.first, shown.last),
        theme=wording.theme(name),
    )
