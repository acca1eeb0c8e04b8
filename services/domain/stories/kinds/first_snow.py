"""First snow: the first day of a winter on which pictures near home show snow, told in the week after.

One picture of snow is not enough for a story; and where one alone came earlier, no later day was the first.
Snow on a journey is that journey's.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta

import numpy as np

from services.domain.roll import Ints
from services.domain.stories import dates, titles, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft
from services.domain.stories.seasons import season_of, winter_year
from services.domain.stories.story import StoryKind
from services.domain.timeline import main_place

THEME = "snow"
LEAST = 2
NEAR_KM = 20.0
SHOWN_DAYS = 7
MANY = 8
"""So many pictures of one snowfall say that it was awaited."""


def propose(context: Context) -> Iterable[Draft]:
    """Return the first snow of this winter, where it fell in the week before today."""
    home = context.home_on(context.today)
    if home is None or season_of(context.today, home.coordinates.latitude) is None:
        return
    began = winter_year(context.today, home.coordinates.latitude)
    snow = _snow_near_home(context, began)
    if snow.size == 0:
        return
    day = date.fromordinal(int(context.roll.days[snow[0]]))
    pool = snow[context.roll.days[snow] == day.toordinal()]
    if day < context.today <= day + timedelta(days=SHOWN_DAYS) and context.showable(pool).size >= LEAST:
        yield _draft(context, day, began, pool)


def _snow_near_home(context: Context, began: date) -> Ints:
    """Return the pictures since a day that are believed to show snow, and were taken near home."""
    members = context.dated(context.roll.theme_members.get(THEME, np.zeros(0, dtype=np.int64)))
    since = context.roll.days[members] >= began.toordinal()
    near = context.distances[members] <= NEAR_KM
    return members[since & near]


def _draft(context: Context, day: date, began: date, pool: Ints) -> Draft:
    return Draft(
        kind=StoryKind.FIRST_SNOW,
        key=began.isoformat(),
        title=wording.say("title.first_snow"),
        subtitle=titles.with_place(dates.day(day), main_place(context.roll, pool)),
        pool=pool,
        least=LEAST,
        due=day + timedelta(days=1),
        expires=day + timedelta(days=SHOWN_DAYS + 1),
        strength=min(context.showable(pool).size / MANY, 1.0),
        because=(wording.say("why.first_snow", day=dates.day(began)),),
        theme=THEME,
        found_by=context.home_scopes,
    )
