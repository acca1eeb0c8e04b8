"""Recap of a year: shown from 1 December until the end of January, when it was lived in enough months."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.domain.roll import Ints
from services.domain.stories import wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.story import Form, StoryKind

LEAST = 12
LEAST_MONTHS = 4
"""Pictures of fewer months are a season, not a year."""
DECEMBER, JANUARY = 12, 1


def propose(context: Context) -> Iterable[Draft]:
    """Return the recap of this year in December, of last year in January."""
    if context.today.month not in {DECEMBER, JANUARY}:
        return
    year = context.today.year - (context.today.month == JANUARY)
    pool = context.dated(context.between(date(year, 1, 1), date(year, 12, 31)))
    showable = context.showable(pool)
    if showable.size >= LEAST and _months(context, showable) >= LEAST_MONTHS:
        yield _draft(context, year, pool)


def _draft(context: Context, year: int, pool: Ints) -> Draft:
    days = context.roll.days_of(context.showable(pool)).size
    return Draft(
        kind=StoryKind.YEAR,
        key=str(year),
        title=str(year),
        subtitle=wording.say("subtitle.year"),
        pool=pool,
        least=LEAST,
        due=date(year, DECEMBER, 1),
        expires=date(year + 1, JANUARY + 1, 1),
        form=Form.VIDEO,
        strength=days / 365,
        because=(wording.say("why.year", days=wording.count("days", days), year=year),),
    )


def _months(context: Context, members: Ints) -> int:
    """Return in how many months these were taken, all being of one year."""
    days = context.roll.days_of(members).tolist()
    return len({date.fromordinal(day).month for day in days})
