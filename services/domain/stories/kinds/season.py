"""Recap of a season: shown in the four weeks after its last day, when it was lived in on enough days.

Spring is spring where the owner lives: the home of the season's last day says on which side of the equator.
In the tropics, and where no home is known, the months alone are told.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

from services.domain.roll import Ints
from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.seasons import Season, season_of
from services.domain.stories.story import Form, StoryKind

LEAST = 10
LEAST_DAYS, LEAST_MONTHS = 6, 2
"""Pictures of fewer are an event or a month, not a season."""
SHOWN_DAYS = 28
MANY_DAYS = 45
"""Half of a season's days with pictures: one that was lived in full."""


def propose(context: Context) -> Iterable[Draft]:
    """Return the recap of the season that has just ended."""
    for back in range(1, SHOWN_DAYS + 1):
        day = context.today - timedelta(days=back)
        home = context.home_on(day)
        season = season_of(day, home.coordinates.latitude) if home else None
        if season and season.last == day:
            yield from _recap(context, season)


def _recap(context: Context, season: Season) -> Iterable[Draft]:
    pool = context.between(season.first, season.last)
    days = context.roll.days_of(context.showable(pool))
    if context.showable(pool).size >= LEAST and days.size >= LEAST_DAYS and _months(days) >= LEAST_MONTHS:
        yield _draft(context, season, pool, days.size)


def _draft(context: Context, season: Season, pool: Ints, days: int) -> Draft:
    first, last = dates.bounds(season.first, season.last)
    after = season.last + timedelta(days=1)
    return Draft(
        kind=StoryKind.SEASON,
        key=season.first.isoformat(),
        title=wording.say(
            f"title.season.{season.name}", year=dates.year_span(season.first.year, season.last.year)
        ),
        subtitle=wording.say("subtitle.season"),
        pool=pool,
        least=LEAST,
        due=after,
        expires=after + timedelta(days=SHOWN_DAYS),
        form=Form.VIDEO,
        strength=min(days / MANY_DAYS, 1.0),
        because=(wording.say("why.season", days=wording.count("days", days), first=first, last=last),),
        found_by=context.home_scopes,
    )


def _months(days: Ints) -> int:
    return len({date.fromordinal(day).month for day in days.tolist()})
