"""Recap of a weekend: from Friday evening to Sunday night, shown in the week after."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from services.domain.roll import Ints
from services.domain.stories import titles
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.story import Form, StoryKind

LEAST = 4
FRIDAY_EVENING = 17
"""Local hour from which Friday belongs to the weekend."""
SHOWN_DAYS = 7


def propose(context: Context) -> Iterable[Draft]:
    """Return the recap of the weekend before this week."""
    monday = context.today - timedelta(days=context.today.weekday())
    saturday, sunday = monday - timedelta(days=2), monday - timedelta(days=1)
    pool = _pool(context, context.between(saturday - timedelta(days=1), sunday), saturday.toordinal())
    if context.showable(pool).size < LEAST:
        return
    title, subtitle = titles.weekend(context, saturday, sunday, pool)
    yield Draft(
        kind=StoryKind.WEEKEND,
        key=saturday.isoformat(),
        title=title,
        subtitle=subtitle,
        pool=pool,
        least=LEAST,
        due=monday,
        expires=monday + timedelta(days=SHOWN_DAYS),
        form=Form.VIDEO,
    )


def _pool(context: Context, members: Ints, saturday: int) -> Ints:
    roll = context.roll
    return members[(roll.days[members] >= saturday) | (roll.hours[members] >= FRIDAY_EVENING)]
