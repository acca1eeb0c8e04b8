"""Every text that a story shows, as templates in one place.

`say` and `count` are the seam for other languages, in the manner of gettext: callers name a text and
give values; which words come out is decided here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType

TEXTS: Mapping[str, str] = MappingProxyType(
    {
        "and": "{first} and {last}",
        "comma": ", ",
        "dot": " · ",
        "more": "{names} and more",
        # Titles
        "title.anniversary": "{names} on {day}",
        "title.birthday": "{name} turns {age}",
        "title.birthday.unknown": "Happy birthday, {name}",
        "title.birthday.party": "{name}’s birthday",
        "title.event.at": "{part} in {place}",
        "title.event.with": "{part} with {names}",
        "title.graduation": "A graduation",
        "title.graduation.at": "A graduation in {place}",
        "title.holiday": "{holiday} through the years",
        "title.month": "{month}",
        "title.on_this_day": "On this day",
        "title.on_this_day.year": "A year ago today",
        "title.on_this_day.years": "{years} years ago today",
        "title.on_this_week": "This week through the years",
        "title.on_this_week.year": "This week a year ago",
        "title.on_this_week.years": "This week {years} years ago",
        "title.person.unnamed": "A familiar face",
        "title.then_and_now": "{subject}, then and now",
        "title.together.unnamed": "Often together",
        "title.trip": "{places}",
        "title.trip.countries": "{n} countries, one trip",
        "title.trip.unnamed": "A trip away",
        "title.wedding": "A wedding",
        "title.wedding.at": "A wedding in {place}",
        "title.weekend": "Weekend of {dates}",
        "title.weekend.at": "A weekend in {place}",
        "title.year": "{year}",
        # Parts of a day, as a title begins, and with the weekday
        "part.morning": "A morning",
        "part.afternoon": "An afternoon",
        "part.evening": "An evening",
        "part.night": "A night",
        "part.day": "A day",
        "title.event.morning": "{weekday} morning",
        "title.event.afternoon": "{weekday} afternoon",
        "title.event.evening": "{weekday} evening",
        "title.event.night": "{weekday} night",
        "title.event.day": "A whole {weekday}",
        # Subtitles
        "subtitle.anniversary": "Is it an anniversary?",
        "subtitle.month": "Your month in pictures",
        "subtitle.person.unnamed": "Who is this?",
        "subtitle.together": "Together in {years}",
        "subtitle.who": "Who are they?",
        "subtitle.theme": "Through the years, {years}",
        "subtitle.theme.year": "Moments of {years}",
        "subtitle.year": "Your year in pictures",
        # Evidence
        "why.shown": "{media} {when}{where}{who}",
        "why.on": "on {dates}",
        "why.between": "between {dates}",
        "why.where": " in {places}",
        "why.where.some": ", {n} of them in {places}",
        "why.distance": ", {km} from home",
        "why.distance.most": ", up to {km} from home",
        "why.who": "; {names} of them",
        "why.who.in": "{name} in {n}",
        "why.who.all": "; {name} in all of them",
        "why.who.only": " with {names}",
        "why.chosen": "Chosen from {media}",
        "why.anniversary": "At least half of the pictures of people on {day} in {years} show {names}",
        "why.birthday": "{name}’s birthday is on {date}",
        "why.graduation": "{media} of the day look like a graduation, with up to {n} faces in one",
        "why.holiday": "Taken on {holiday} or the evening before in {years}",
        "why.on_this_day": "Taken on {day} in {years}",
        "why.on_this_week": "Taken within {days} of {day} in {years}",
        "why.person": "{name} is in {media} {when}",
        "why.person.unnamed": "The same face is in {media} {when}",
        "why.theme": "{media} {when} show “{theme}”",
        "why.then_and_now": "The pictures of {subject} are at least {years} apart",
        "why.together": "{names} are together in {media} {when}",
        "why.together.unnamed": "The same two faces are together in {media} {when}",
        "why.trip": "{days} away from home",
        "why.trip.day": "A day trip far from home",
        "why.wedding": "{media} of the day look like a wedding, with up to {n} faces in one",
        "why.year": "Pictures of {days} in {year}",
    }
)

PLURALS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "photos": ("{n} photo", "{n} photos"),
        "videos": ("{n} video", "{n} videos"),
        "days": ("{n} day", "{n} days"),
        "years": ("{n} year", "{n} years"),
    }
)

THEME_TITLES: Mapping[str, str] = MappingProxyType(
    {
        "baby": "So small once",
        "beach": "Days at the beach",
        "birds": "Birds",
        "castle": "Castles and palaces",
        "cats": "Cats, always cats",
        "christmas": "Christmas time",
        "church": "Churches and temples",
        "city": "City walks",
        "coffee": "Coffee breaks",
        "concert": "Live music",
        "countryside": "Out in the country",
        "cycling": "By bike",
        "dogs": "Good dogs",
        "drinks": "Cheers",
        "fireworks": "Fireworks",
        "flight": "Up in the air",
        "flowers": "In bloom",
        "food": "Good food",
        "forest": "In the woods",
        "hiking": "Out hiking",
        "horses": "Horses",
        "lake": "By the water",
        "landmark": "Famous places",
        "market": "At the market",
        "mountains": "Up in the mountains",
        "museum": "At the museum",
        "night_sky": "Night skies",
        "playground": "At the playground",
        "road_trip": "On the road",
        "sea": "Out to sea",
        "snow": "Days of snow",
        "sports": "Game on",
        "sunset": "Golden hours",
        "sweets": "Something sweet",
        "train": "By train",
        "wedding": "Weddings",
        "wildlife": "Wild animals",
    }
)
"""Titles of the themes that need more than their own name."""


def say(text: str, **values: object) -> str:
    """Return a text with its values filled in."""
    return TEXTS[text].format(**values)


def count(noun: str, n: int) -> str:
    """Return a number with its noun in the right form: 1 photo, 1,204 photos."""
    return PLURALS[noun][n != 1].format(n=f"{n:,}")


def join(names: Sequence[str]) -> str:
    """Return names as one would say them: A · A and B · A, B and C."""
    if len(names) < 2:
        return "".join(names)
    return say("and", first=say("comma").join(names[:-1]), last=names[-1])


def media(photos: int, videos: int) -> str:
    """Return how many photos and videos: 11 photos and 1 video; no photos without videos: 0 photos."""
    parts = [count("photos", photos)] if photos or not videos else []
    return join([*parts, *([count("videos", videos)] if videos else [])])


def kilometres(km: float) -> str:
    """Return a distance as exactly as anybody cares: 8 km, 42 km, 75 km, 140 km, 2,100 km."""
    step = 1 if km < 50 else 5 if km < 100 else 10 if km < 1000 else 100
    return f"{round(km / step) * step:,} km"


def theme_title(theme: str) -> str:
    """Return the title of a theme: its own, or the theme as a sentence would begin with it."""
    words = theme.replace("_", " ")
    return THEME_TITLES.get(theme, words[:1].upper() + words[1:])
