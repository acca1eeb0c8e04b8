"""What a trip is called: where it went, and when.

"Lisbon and Sintra, May 2024"; "A weekend in Vienna" where it was one. Nobody thinks of more places than two
by name: it was in the mountains or at the beach where enough pictures show them; else in the state where all
of them lie, else in their country or countries.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

import numpy as np

from services.domain.stories import dates, wording
from services.domain.stories.context import Context
from services.domain.stories.text import Said
from services.domain.trips import Trip

TITLE_CITIES = 2
TITLE_COUNTRIES = 3
LANDSCAPES = ("mountains", "beach")
"""The themes that name a trip to many small places."""
LANDSCAPE_SHARE = 0.3
"""The share of a trip's pictures that must show it: the others are of meals, rooms and people."""
WEEKEND_DAYS = 4
"""A trip that is no longer and has a Saturday and a Sunday is a weekend."""
SATURDAY = 5


def trip(context: Context, found: Trip) -> tuple[Said, Said]:
    """Return the title of a trip, and its days to go below."""
    first, last = found.start.date(), found.end.date()
    subtitle = wording.say("dot", first=dates.span(first, last), second=wording.count("days", found.days))
    return _title(context, found, first, last), subtitle


def _title(context: Context, found: Trip, first: date, last: date) -> Said:
    if len(found.countries) > TITLE_COUNTRIES:
        return wording.say("title.trip.countries", n=len(found.countries))
    month, weekend = dates.month(first + (last - first) // 2), _is_weekend(first, last)
    cities = list(dict.fromkeys(place.city for place in found.places))
    landscape = "" if 0 < len(cities) <= TITLE_CITIES else _landscape(context, found)
    if landscape:
        return wording.say(f"title.{'weekend' if weekend else 'trip'}.{landscape}", **_when(month, weekend))
    places = _places(context, found, cities)
    if not places:
        return wording.say("title.trip.unnamed")
    if weekend:
        return wording.say("title.weekend.at", place=places)
    return wording.say("title.trip", places=places, month=month)


def _when(month: Said, weekend: bool) -> dict[str, Said]:
    return {} if weekend else {"month": month}


def _is_weekend(first: date, last: date) -> bool:
    saturday = first + timedelta(days=(SATURDAY - first.weekday()) % 7)
    return saturday < last and (last - first).days < WEEKEND_DAYS


def _landscape(context: Context, found: Trip) -> str:
    """Return the theme of a landscape that enough of a trip's pictures show; empty where none is."""
    members = context.roll.theme_members
    none = np.zeros(0, dtype=np.int64)
    shown = {
        theme: np.isin(found.members, members.get(theme, none), assume_unique=True).mean()
        for theme in LANDSCAPES
    }
    best = max(LANDSCAPES, key=lambda theme: shown[theme])
    return best if shown[best] >= LANDSCAPE_SHARE else ""


def _places(context: Context, found: Trip, cities: Sequence[str]) -> Said:
    """Return the names that tell where a trip went; empty where all is one's own country."""
    if 0 < len(cities) <= TITLE_CITIES:
        return wording.join(cities)
    home = context.home_place
    regions = {place.region for place, _ in context.roll.places_of(found.members)}
    if len(regions) == 1 and regions != {""} and (home is None or regions != {home.region}):
        return regions.pop()
    if home and found.countries == (home.country,):
        return wording.say("more", names=wording.commas(cities[:TITLE_CITIES])) if cities else ""
    return wording.join(found.countries)
