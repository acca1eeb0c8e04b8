"""Recap of a month: shown through the month after, when it was lived on enough days."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.story import Form, StoryKind

LEAST = 6
LEAST_DAYS = 3
"""Pictures of fewer days are an event or a weekend, not a month."""


def propose(context: Context) -> Iterable[Draft]:
    """Return the recap of last month."""
    first_of_this = context.today.replace(day=1)
    last = first_of_this - timedelta(days=1)
    pool = context.between(last.replace(day=1), last)
    showable = context.showable(pool)
    if showable.size < LEAST or context.roll.days_of(showable).size < LEAST_DAYS:
        return
    yield Draft(
        kind=StoryKind.MONTH,
        key=f"{last:%Y-%m}",
        title=dates.month(last),
        subtitle=wording.say("subtitle.month"),
        pool=pool,
        least=LEAST,
        due=first_of_this,
        expires=_next_month(first_of_this),
        form=Form.VIDEO,
    )


def _next_month(first: date) -> date:
    return (first + timedelta(days=31)).replace(day=1)
