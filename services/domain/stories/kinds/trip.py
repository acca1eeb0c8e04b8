"""A trip: every journey of which enough is left to show, from the day after it ended."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from services.domain.stories import stages, trip_titles, wording
from services.domain.stories.context import Context
from services.domain.stories.draft import Draft, form_for
from services.domain.stories.story import StoryKind
from services.domain.stories.text import Text
from services.domain.trips import Trip

LEAST = 4
GREAT_DAYS = 10
GREAT_KM = 2000.0
"""A journey this long and this far is as special as trips get."""


def propose(context: Context) -> Iterable[Draft]:
    """Return a draft for each trip that is over."""
    for trip in context.trips:
        if trip.end.date() < context.today:
            draft = context.of_pool("trip", trip.members, partial(_draft, context, trip))
            if draft:
                yield draft


def _draft(context: Context, trip: Trip) -> Draft | None:
    if context.showable(trip.members).size < LEAST:
        return None
    title, subtitle = trip_titles.trip(context, trip)
    return Draft(
        kind=StoryKind.TRIP,
        key=trip.id,
        title=title,
        subtitle=subtitle,
        pool=trip.members,
        least=LEAST,
        due=trip.end.date() + timedelta(days=1),
        form=form_for(context, trip.members),
        strength=(min(trip.days / GREAT_DAYS, 1.0) + min(trip.farthest_km / GREAT_KM, 1.0)) / 2,
        because=(_reason(trip), *stages.told(context, context.showable(trip.members))),
    )


def _reason(trip: Trip) -> Text:
    if trip.days == 1:
        return wording.say("why.trip.day")
    return wording.say("why.trip", days=wording.count("days", trip.days))
