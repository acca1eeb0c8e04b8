"""What a story is called."""

from __future__ import annotations

from collections import Counter
from datetime import date

import numpy as np

from services.domain.identity import PersonId
from services.domain.media import Place
from services.domain.occasions import birthdays
from services.domain.roll import Ints
from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.text import Said
from services.domain.timeline import main_place

AWAY_KM = 20.0
"""From this distance on a place is worth a title."""
COMPANY_SHARE = 0.5
"""The share of an event's pictures that somebody must be in to give it their name."""
COMPANY = 3
WHOLE_DAY_HOURS = 6.0
MORNING, AFTERNOON, EVENING, NIGHT = 5, 12, 18, 23
"""Local hours at which the parts of a day begin."""


def event(context: Context, members: Ints) -> tuple[Said, Said]:
    """Name an event by whose birthday it is, where it was, who was there, or when; and say the rest below."""
    day = context.time(int(members[0])).date()
    part, place = part_of_day(context, members), main_place(context.roll, members)
    subtitle = with_place(dates.day(day), place)
    company = _company(context, members)
    celebrated = [b.name for b in birthdays(context.roll.library.people, day, day) if b.person in company]
    if celebrated:
        return wording.say("title.birthday.party", name=wording.join(celebrated)), subtitle
    began = wording.say(f"part.{part}")
    if place and is_away(context, members):
        return wording.say("title.event.at", part=began, place=place.city), dates.day(day)
    if company:
        names = [context.roll.library.people[p].name for p in company]
        return wording.say("title.event.with", part=began, names=wording.join(names)), subtitle
    return wording.say(f"title.event.{part}", weekday=dates.weekday(day)), subtitle


def weekend(context: Context, saturday: date, sunday: date, members: Ints) -> tuple[Said, Said]:
    """Name a weekend by the place it was spent at when that is away, by its date otherwise."""
    place = main_place(context.roll, members)
    if place and is_away(context, members):
        return wording.say("title.weekend.at", place=place.city), dates.span(saturday, sunday)
    return wording.say("title.weekend", dates=dates.span(saturday, sunday)), place.city if place else ""


def with_place(said: Said, place: Place | None) -> Said:
    """Return a text with the place after it, where one is known: 4 May 2024 · Lisbon."""
    return wording.say("dot", first=said, second=place.city) if place else said


def part_of_day(context: Context, members: Ints) -> str:
    """Return the part of a day that these pictures tell of: morning … night, or the whole day."""
    start, end = context.time(int(members[0])), context.time(int(members[-1]))
    if (end - start).total_seconds() >= WHOLE_DAY_HOURS * 3600:
        return "day"
    hour = (start + (end - start) / 2).hour
    if hour < MORNING or hour >= NIGHT:
        return "night"
    return "morning" if hour < AFTERNOON else "afternoon" if hour < EVENING else "evening"


def is_away(context: Context, members: Ints) -> bool:
    """Tell whether most of these pictures with a place were taken away from home, and elsewhere by name."""
    if main_place(context.roll, members) == context.home_place:
        return False
    distances = context.distances[members]
    known = distances[~np.isnan(distances)]
    return bool(known.size) and float(np.median(known)) >= AWAY_KM


def _company(context: Context, members: Ints) -> list[PersonId]:
    """Return the named people in most of the pictures, those in most of them first."""
    people = context.roll.library.people
    showable = context.showable(members)
    counts = Counter(p for i in showable.tolist() for p in context.roll.people(i))
    often = [p for p in counts if counts[p] >= COMPANY_SHARE * showable.size and p in people]
    named = [p for p in often if people[p].name]
    return sorted(named, key=lambda p: (-counts[p], people[p].name, p))[:COMPANY]
