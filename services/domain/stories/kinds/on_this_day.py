"""On this day: what was photographed on today's date in earlier years, shown for today only.

On a date that has no pictures of its own, "this week": the seven days around this week's Thursday in
earlier years. A day that the owner declared is remembered as that, not once more as any other day.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta

import numpy as np

from services.domain.occasions import same_days
from services.domain.roll import Ints
from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.kinds import declared_anniversary
from services.domain.stories.story import StoryKind
from services.domain.stories.text import Text

LEAST = 2
LEAST_IN_WEEK = 4
MANY_YEARS = 4
"""A day remembered in so many years is as special as it gets."""
THURSDAY = 3
HALF_WEEK = 3
"""Days to either side of Thursday: Monday to Sunday."""


def propose(context: Context) -> Iterable[Draft]:
    """Return what there is of this day in earlier years, or else of this week."""
    if len(context.roll) == 0 or declared_anniversary.is_told_today(context):
        return
    first_year = date.fromordinal(int(context.roll.days.min())).year
    days = _on(context, same_days(context.today, first_year))
    if context.showable(days).size >= LEAST:
        yield _day(context, days)
        return
    monday = context.today - timedelta(days=context.today.weekday())
    thursday = monday + timedelta(days=THURSDAY)
    week = _on(context, [d for d in same_days(thursday, first_year - 1, within=HALF_WEEK) if d < monday])
    if context.showable(week).size >= LEAST_IN_WEEK:
        yield _week(context, week, monday)


def _day(context: Context, pool: Ints) -> Draft:
    years = _years(context, pool)
    said = wording.say("why.on_this_day", day=dates.day_of_year(context.today), years=dates.years(years))
    return Draft(
        kind=StoryKind.ON_THIS_DAY,
        key=context.today.isoformat(),
        title=_title("title.on_this_day", context.today.year, years),
        subtitle=wording.say(
            "subtitle.on_this_day", day=dates.day_of_year(context.today), years=dates.years(years)
        ),
        pool=pool,
        least=LEAST,
        due=context.today,
        expires=context.today + timedelta(days=1),
        strength=len(years) / MANY_YEARS,
        because=(said,),
    )


def _week(context: Context, pool: Ints, monday: date) -> Draft:
    thursday, years = monday + timedelta(days=THURSDAY), _years(context, pool)
    said = wording.say(
        "why.on_this_week",
        days=wording.count("days", HALF_WEEK),
        day=dates.day_of_year(thursday),
        years=dates.years(years),
    )
    return Draft(
        kind=StoryKind.ON_THIS_DAY,
        key=f"week-{monday.isoformat()}",
        title=_title("title.on_this_week", thursday.year, years),
        subtitle=dates.years(years),
        pool=pool,
        least=LEAST_IN_WEEK,
        due=monday,
        expires=monday + timedelta(days=7),
        strength=len(years) / MANY_YEARS / 2,
        because=(said,),
    )


def _on(context: Context, days: Sequence[date]) -> Ints:
    """Return the believable assets of these days."""
    wanted = np.array([day.toordinal() for day in days], dtype=np.int64)
    return context.on_days(wanted)


def _years(context: Context, pool: Ints) -> list[int]:
    """Return the years that there are showable pictures of."""
    return sorted({context.time(i).year for i in context.showable(pool).tolist()})


def _title(text: str, this_year: int, years: Sequence[int]) -> Text:
    if len(years) > 1:
        return wording.say(text)
    ago = this_year - years[0]
    return wording.say(f"{text}.year") if ago == 1 else wording.say(f"{text}.years", years=ago)
