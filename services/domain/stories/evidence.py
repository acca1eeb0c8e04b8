"""Why a story was proposed, in plain sentences whose every number and date is computed."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np

from services.domain.roll import Ints
from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.shortlist import Counted
from services.domain.stories.text import Said, Text

MENTIONED_PEOPLE = 3
MENTIONED_PLACES = 3
MENTIONED_KM = 20.0
"""Nearer than this to home a distance says nothing."""
SAME_DISTANCE = 1.15
"""Distances within this ratio of each other are told as one."""
RANGE_DAYS = 14
"""Longer stretches are told by their first and last day."""


def shown(context: Context, chosen: Ints) -> Text:
    """Say what a story shows: how much, when, where, how far from home, and who is in it.

    "12 photos on 3–5 May 2024 in Lisbon, 140 km from home; Ana in 9 of them".
    """
    return wording.say(
        "why.shown",
        media=counted(context, chosen),
        when=when(context, chosen),
        where=_where(context, chosen),
        who=_who(context, chosen),
    )


def chosen_from(chosen: Ints, pool: Counted) -> tuple[Text, ...]:
    """Say from how many pictures these were chosen; nothing where all are shown."""
    if sum(pool) <= chosen.size:
        return ()
    return (wording.say("why.chosen", media=wording.media(*pool)),)


def counted(context: Context, members: Ints) -> Said:
    """Say how many photos and videos these are."""
    videos = int(np.count_nonzero(context.roll.video[members]))
    return wording.media(members.size - videos, videos)


def when(context: Context, members: Ints) -> Text:
    """Say on which days these were taken: on 3–5 May 2024, between 6 April and 4 May 2024."""
    return between(*days(context, members))


def between(first: date, last: date) -> Text:
    """Say the same of days."""
    if first == last:
        return wording.say("why.on", day=dates.day(first))
    begin, end = dates.bounds(first, last)
    if (last - first).days >= RANGE_DAYS:
        return wording.say("why.between", first=begin, last=end)
    apart = "" if dates.in_one_month(first, last) else ".apart"
    return wording.say(f"why.on.days{apart}", first=begin, last=end)


def days(context: Context, members: Ints) -> tuple[date, date]:
    """Return the first and the last local day on which these were taken."""
    taken = context.roll.days[members]
    return date.fromordinal(int(taken.min())), date.fromordinal(int(taken.max()))


def _where(context: Context, chosen: Ints) -> Said:
    places = context.roll.places_of(chosen)
    cities = list(dict.fromkeys(place.city for place, _ in places))
    countries = list(dict.fromkeys(place.country for place, _ in places))
    names = cities if len(cities) <= MENTIONED_PLACES else countries
    if not names or len(names) > MENTIONED_PLACES:
        return ""
    known = sum(n for _, n in places)
    text = "why.where" if names is cities else "why.where.countries"
    if known < chosen.size:
        return wording.say(f"{text}.some", n=known, places=wording.join(names))
    at_home = context.home_place is not None and names == [context.home_place.city]
    distance = "" if at_home else _distance(context, chosen)
    return wording.say(text, places=wording.join(names), distance=distance)


def _distance(context: Context, chosen: Ints) -> Said:
    distances = context.distances[chosen]
    distances = distances[~np.isnan(distances)]
    if distances.size == 0 or distances.max() < MENTIONED_KM:
        return ""
    nearest, farthest = float(distances.min()), float(distances.max())
    alike = farthest <= SAME_DISTANCE * nearest
    return wording.say("why.distance" if alike else "why.distance.most", km=wording.kilometres(farthest))


def _who(context: Context, chosen: Ints) -> Said:
    known = context.roll.library.people
    counts = Counter(p for i in chosen.tolist() for p in context.roll.people(i) if p in known)
    named = [(known[p].name, n, p) for p, n in counts.items() if known[p].name]
    named = sorted(named, key=lambda item: (-item[1], item[0], item[2]))[:MENTIONED_PEOPLE]
    if not named:
        return ""
    if chosen.size == 1:
        return wording.say("why.who.only", names=wording.join([name for name, _, _ in named]))
    if len(named) == 1 and named[0][1] == chosen.size:
        return wording.say("why.who.all", name=named[0][0])
    return wording.say(
        "why.who", names=wording.join([wording.say("why.who.in", name=name, n=n) for name, n, _ in named])
    )
