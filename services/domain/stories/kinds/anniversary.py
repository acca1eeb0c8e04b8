"""An anniversary: one that was declared, or a date that two named people spend together, again and again.

What nobody declared is proposed as what it is: their pictures of this date, and the question whether it is
an anniversary. Two who have told their day (`declared_anniversary`) are not asked. It takes pictures of the
two on the date in three years, one of them lately, and more often than chance would have it. Birthdays,
public holidays, days that were declared and the turn of the year recur for reasons of their own.
"""

from __future__ import annotations

from calendar import isleap
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from functools import partial
from math import comb

import numpy as np

from services.domain.occasions import TURN_OF_THE_YEAR, anniversaries, birthdays, same_days
from services.domain.pairs import Pair
from services.domain.roll import Ints
from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.kinds import declared_anniversary
from services.domain.stories.story import StoryKind

LEAST_YEARS = 3
KEPT_SHARE = 2 / 3
"""The share of the years since the first one in which a date must have been kept."""
LATELY_YEARS = 4
"""An anniversary that was not celebrated for longer is one no more; 29 February cannot come sooner."""
LEAST_A_DAY = 2
"""Pictures of the two that make a day theirs."""
LEAST = LEAST_YEARS
THEIR_SHARE = 0.5
"""The share of the day's pictures of people that must show both: a feast of many is not theirs."""
CHANCE = 0.05
"""False anniversaries a year, over all pairs, that may be expected of dates that recur so often by chance."""
DAYS_OF_A_YEAR = 365.25
SHOWN_DAYS = 7
MARGIN = timedelta(days=1)
"""What is known already is celebrated on the day before or after, too."""

_NO_DAYS: Ints = np.zeros(0, dtype=np.int64)


def propose(context: Context) -> Iterable[Draft]:
    """Return the anniversaries of today and of the six days before, declared or found."""
    yield from declared_anniversary.propose(context)
    yield from _found(context)


def _found(context: Context) -> Iterable[Draft]:
    week = [context.today - timedelta(days=back) for back in range(SHOWN_DAYS)]
    week = [on for on in week if not _recurs_anyway(context, on)]
    known = context.roll.library.people
    named = [pair for pair in context.pairs if all(known[person].name for person in pair.people)]
    told = declared_anniversary.couples(context)
    unasked = [pair for pair in named if pair.key not in told]
    met = _met_on_dates_of(context, unasked, week)
    peopled = context.roll.days[context.peopled] if met else _NO_DAYS
    first = int(peopled.min(initial=context.today.toordinal()))
    by_day = np.bincount(peopled - first)
    for pair in met:
        theirs = _their_days(context, pair, by_day, first)
        for on in week:
            chances = _same_date(on, theirs)
            kept = _both(chances, theirs)
            believed = _is_kept(kept, chances, on)
            if believed and len(named) * _false_alarms(theirs, kept, chances, on) <= CHANCE:
                yield _draft(context, pair, on, kept)


def _recurs_anyway(context: Context, on: date) -> bool:
    first, last = on - MARGIN, on + MARGIN
    library = context.roll.library
    return (
        (on.month, on.day) in TURN_OF_THE_YEAR
        or any(day in context.holidays for day in (first, on, last))
        or bool(birthdays(library.people, first, last) or anniversaries(library.declared, first, last))
    )


def _met_on_dates_of(context: Context, pairs: Sequence[Pair], week: Sequence[date]) -> list[Pair]:
    """Return the pairs of whom there are pictures on enough days with a date of the week."""
    days = context.roll.days
    first = date.fromordinal(max(int(days.min(initial=context.today.toordinal())), 1)).year
    dates_of_week = [day.toordinal() for on in week for day in same_days(on, first)]
    on_date = context.roll.rows_on(np.array(dates_of_week, dtype=np.int64))
    known = "met on dates", tuple(week), first
    return [p for p in pairs if context.of_pool(known, p.members, partial(_met, context, p, on_date))]


def _met(context: Context, pair: Pair, on_date: Ints) -> bool:
    return context.roll.days_of(_both(on_date, pair.members)).size >= LEAST_YEARS


def _both(few: Ints, many: Ints) -> Ints:
    """Return the positions that are in both, each ascending."""
    if many.size == 0:
        return many
    at = np.minimum(np.searchsorted(many, few), many.size - 1)
    return np.asarray(few[many[at] == few])


def _their_days(context: Context, pair: Pair, by_day: Ints, first: int) -> Ints:
    """Return the days (ordinals, ascending) of which these two are in at least half of the pictures.

    Args:
        context: The library.
        pair: The two.
        by_day: How many pictures there are of anybody, day by day.
        first: The first of these days.
    """
    theirs = context.roll.days[context.shown_of(("pair", pair.key), pair.members).showable]
    pictures = np.bincount(theirs - first, minlength=by_day.size)
    return np.flatnonzero((pictures >= LEAST_A_DAY) & (pictures >= THEIR_SHARE * by_day)) + first


def _same_date(on: date, days: Ints) -> Ints:
    """Return the same date (ordinals) in each year from the first of the days to the last before this."""
    years = range(date.fromordinal(int(days[0])).year if days.size else on.year, on.year)
    kept = [year for year in years if (on.month, on.day) != (2, 29) or isleap(year)]
    return np.array([date(year, on.month, on.day).toordinal() for year in kept], dtype=np.int64)


def _is_kept(kept: Ints, chances: Ints, on: date) -> bool:
    """Tell whether a date was kept in enough years, in most of those since it first was, and lately."""
    if kept.size < LEAST_YEARS or kept.size < KEPT_SHARE * (chances >= kept[0]).sum():
        return False
    return date.fromordinal(int(kept[-1])).year >= on.year - LATELY_YEARS


def _false_alarms(theirs: Ints, kept: Ints, chances: Ints, on: date) -> float:
    """Return how many dates would recur so often in a year by chance, did the two meet on random days."""
    share = theirs.size / (on.toordinal() - int(theirs[0]))
    n = chances.size
    tail = (comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(kept.size, n + 1))
    return DAYS_OF_A_YEAR * sum(tail)


def _draft(context: Context, pair: Pair, on: date, kept: Ints) -> Draft:
    pictures = context.dated(pair.members)
    pool = pictures[np.isin(context.roll.days[pictures], kept)]
    names = wording.join([context.roll.library.people[person].name for person in pair.people])
    day, years = dates.day_of_year(on), dates.years(date.fromordinal(d).year for d in kept.tolist())
    return Draft(
        kind=StoryKind.ANNIVERSARY,
        key=f"{pair.key}/{on.isoformat()}",
        title=wording.say("title.anniversary", names=names, day=day),
        subtitle=wording.say("subtitle.anniversary"),
        pool=pool,
        least=LEAST,
        due=on,
        expires=on + timedelta(days=SHOWN_DAYS),
        strength=1.0,
        because=(wording.say("why.anniversary", names=names, day=day, years=years),),
        people=pair.people,
        found_by=context.holiday_scopes,
    )
