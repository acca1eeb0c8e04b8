"""An occasion: a public holiday through the years, or a wedding or graduation that was celebrated.

A holiday is told on its day, from pictures of earlier years. A wedding or graduation is told from the day
after, where the pictures of one day look like it and show a crowd: a dress in a shop window is no wedding.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from datetime import date, timedelta

import numpy as np

from services.domain.roll import Ints
from services.domain.stories import dates, evidence, titles, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft, form_for
from services.domain.stories.story import StoryKind
from services.domain.timeline import main_place

LEAST = 4
DAY = timedelta(days=1)
SHOWN_DAYS = 3
"""A holiday's story is shown on its day and the two after."""
LEAST_YEARS = 2
"""One earlier year is told by "on this day"."""
MANY_YEARS = 4
"""A holiday remembered in so many years is as special as it gets."""
EVE = 17
"""Local hour of the day before from which a holiday is celebrated."""
CELEBRATIONS = ("graduation", "wedding")
"""The themes that a crowd makes an occasion."""
LEAST_SURE, SURE_SHARE = 3, 0.15
"""How many pictures, and which share of the day's, must show the theme."""
CROWD, CROWD_PICTURES = 4, 2
"""Faces that make a crowd, and the pictures in which there must be one."""
LARGE = 40.0
"""So many pictures of one day leave no doubt that it mattered."""


def propose(context: Context) -> Iterable[Draft]:
    """Return the holidays of these days, and every wedding and graduation that is over."""
    for back in range(SHOWN_DAYS):
        on = context.today - back * DAY
        for name in context.holidays.get(on, ()):
            if name not in context.holidays.get(on - DAY, ()):
                yield from _holiday(context, name, on)
    for theme in CELEBRATIONS:
        yield from _celebrations(context, theme)


def _holiday(context: Context, name: str, on: date) -> Iterator[Draft]:
    """Return the story of a holiday that begins on a day, where enough earlier years have pictures."""
    earlier = [day for day, names in context.holidays.items() if name in names and day.year < on.year]
    itself = np.array([day.toordinal() for day in earlier], dtype=np.int64)
    eve = context.on_days(np.setdiff1d(itself - 1, itself))
    pool = np.union1d(context.on_days(itself), eve[context.roll.hours[eve] >= EVE])
    shown = context.showable(pool)
    days = context.roll.days[shown]
    days = np.unique(np.where(np.isin(days, itself), days, days + 1))
    years = sorted({date.fromordinal(day).year for day in days.tolist()})
    if shown.size < LEAST or len(years) < LEAST_YEARS:
        return
    called = context.holiday_names[name]
    yield Draft(
        kind=StoryKind.OCCASION,
        key=f"{name}/{on.year}",
        title=wording.say("title.holiday", holiday=called),
        subtitle=dates.years(years),
        pool=pool,
        least=LEAST,
        due=on,
        expires=on + SHOWN_DAYS * DAY,
        strength=len(years) / MANY_YEARS,
        because=(wording.say("why.holiday", holiday=called, years=dates.years(years)),),
        found_by=context.holiday_scopes,
    )


def _celebrations(context: Context, theme: str) -> Iterator[Draft]:
    """Return the days that were a celebration: all events of a day in which the theme is seen, as one."""
    by_day: dict[date, list[Ints]] = defaultdict(list)
    sure = _sure(context, theme)
    for event in np.unique(context.in_event[sure]).tolist():
        if event >= 0:
            members = context.events[event].members
            by_day[context.time(int(members[0])).date()].append(members)
    for day, events in by_day.items():
        pool = np.sort(np.concatenate(events))
        shown = context.showable(pool)
        seen = np.intersect1d(shown, sure)
        is_over = context.time(int(pool[-1])).date() < context.today
        if is_over and _is_celebration(context, shown, seen):
            yield _celebration(context, theme, day, pool, seen)


def _sure(context: Context, theme: str) -> Ints:
    """Return the pictures that surely show a theme, and may be shown."""
    members = context.roll.theme_members.get(theme, np.zeros(0, dtype=np.int64))
    return context.showable(context.dated(members))


def _is_celebration(context: Context, shown: Ints, seen: Ints) -> bool:
    crowds = sum(len(context.roll.faces(i)) >= CROWD for i in shown.tolist())
    return seen.size >= max(LEAST_SURE, SURE_SHARE * shown.size) and crowds >= CROWD_PICTURES


def _celebration(context: Context, theme: str, day: date, pool: Ints, seen: Ints) -> Draft:
    shown, place = context.showable(pool), main_place(context.roll, pool)
    title = wording.say(f"title.{theme}")
    if place and titles.is_away(context, pool):
        title = wording.say(f"title.{theme}.at", place=place.city)
    most = max(len(context.roll.faces(i)) for i in shown.tolist())
    said = wording.say(f"why.{theme}", media=evidence.counted(context, seen), n=most)
    return Draft(
        kind=StoryKind.OCCASION,
        key=f"{theme}/{day.isoformat()}",
        title=title,
        subtitle=titles.with_place(dates.day(day), place),
        pool=pool,
        least=LEAST,
        due=context.time(int(pool[-1])).date() + DAY,
        form=form_for(context, pool),
        strength=float(np.log1p(shown.size) / np.log1p(LARGE)),
        because=(said,),
    )
