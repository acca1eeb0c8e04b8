"""From which pictures each kind of story may choose, read from the rules as they are documented.

Written anew over plain Python objects, so that it shares nothing with the code that it checks.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta

from services.domain.identity import AssetId
from services.domain.library import Library, LibraryAsset
from services.domain.media import Coordinates, MediaKind
from services.domain.stories.plan import Plan
from services.domain.stories.story import Story
from tests.quality.declared import declared_of, shown_by
from tests.quality.years import years_of

UNDATED = {"hint", "upload"}


def showable(asset: LibraryAsset, library: Library) -> bool:
    """Tell whether an asset may be shown, from the rules as they are documented."""
    present = {a.id for a in library.assets} if asset.duplicate_of or asset.pair else set()
    hidden = {id_ for id_, person in library.people.items() if person.hidden}
    return (
        asset.readable
        and not asset.screenshot
        and asset.sensitive < 0.327
        and asset.duplicate_of not in present
        and not (asset.kind is MediaKind.VIDEO and asset.pair in present)
        and not hidden & set(asset.people)
        and asset.day not in library.hidden_days
    )


def pool_of(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    """Return what a story could have shown, by its kind's rule."""
    members = _POOLS[story.kind.value](story, library, plan)
    return [asset for asset in members if showable(asset, library)]


def dated(library: Library) -> list[LibraryAsset]:
    """Return the assets whose clock can be believed."""
    return [a for a in library.assets if a.capture_time_source.value not in UNDATED]


def _of_event(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    cover = next(event for event in plan.events if story.cover in event.asset_ids)
    ids = set(cover.asset_ids)
    return [asset for asset in library.assets if asset.id in ids]


def _of_trip(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    assets = {asset.id: asset for asset in library.assets}
    first, last = trip_of(story, plan, assets)
    within = [a for a in dated(library) if first <= a.capture_time <= last]
    return [asset for asset in within if not _at_home(asset, plan)]


def _at_home(asset: LibraryAsset, plan: Plan) -> bool:
    """Tell whether a picture was taken where its owner lives: whoever is on a trip did not take it."""
    day, point = asset.day.toordinal(), asset.coordinates
    home = next(h.coordinates for h in plan.homes if h.first_day <= day <= h.last_day)
    if point is None:
        return False
    return abs(point.latitude - home.latitude) < 0.3 and abs(point.longitude - home.longitude) < 0.3


def _of_weekend(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    friday = story.start.toordinal() - (story.start.weekday() - 4)
    return [
        a
        for a in dated(library)
        if friday < a.day.toordinal() < friday + 3
        or (a.day.toordinal() == friday and a.capture_time.hour >= 17)
    ]


def _of_month(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    month = (story.start.year, story.start.month)
    return [a for a in dated(library) if (a.day.year, a.day.month) == month]


def _of_year(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    return [a for a in dated(library) if a.day.year == story.due.year]


def _of_season(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    months = [
        (story.due.year - (story.due.month <= k), (story.due.month - k - 1) % 12 + 1) for k in (1, 2, 3)
    ]
    return [a for a in dated(library) if (a.day.year, a.day.month) in months]


def _of_first_snow(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    return [a for a in snow_near_home(library, plan) if a.day == story.start.date()]


def snow_near_home(library: Library, plan: Plan) -> list[LibraryAsset]:
    """Return the pictures that are believed to show snow, taken within 20 km of the home of their day."""
    found = []
    for asset in dated(library):
        day = asset.day.toordinal()
        home = next((h for h in plan.homes if h.first_day <= day <= h.last_day), None)
        sure = dict(asset.themes).get("snow", 0.0) >= 0.45
        if sure and home and asset.coordinates and sphere_km(asset.coordinates, home.coordinates) <= 20:
            found.append(asset)
    return found


def of_day(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    """Return the pictures of earlier years that "on this day" or "this week" chooses from."""
    assert story.expires is not None
    if (story.expires - story.due).days == 1:
        wanted = {(story.due.month, story.due.day)}
        return [a for a in dated(library) if (a.day.month, a.day.day) in wanted and a.day < story.due]
    near = [date.fromordinal(story.due.toordinal() + k) for k in range(7)]
    days = {(d.month, d.day) for d in near}
    return [a for a in dated(library) if (a.day.month, a.day.day) in days and a.day < story.due]


def _of_person(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    return [a for a in dated(library) if set(story.people) <= set(a.people)]


def _of_birthday(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    theirs = _of_person(story, library, plan)
    if not (found := re.search(r" in (.*) look like a birthday", " ".join(map(str, story.evidence)))):
        return theirs
    on, years = (story.due.month, story.due.day), years_of(found[1])
    return [a for a in theirs if (a.day.month, a.day.day) == on and a.day.year in years]


def _of_occasion(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    if said := re.search(r"Taken on (.*) or the evening before", " ".join(map(str, story.evidence))):
        return _of_holiday(said[1], story, library, plan)
    theme = next(theme for theme in ("wedding", "graduation") if f"like a {theme}" in str(story.evidence[1]))
    sure = {asset.id for asset in sure_of(theme, library)}
    day = next(event.start.date() for event in plan.events if story.cover in event.asset_ids)
    parts = [e for e in plan.events if e.start.date() == day and sure & set(e.asset_ids)]
    ids = {id_ for event in parts for id_ in event.asset_ids}
    return [asset for asset in library.assets if asset.id in ids]


def sure_of(theme: str, library: Library) -> list[LibraryAsset]:
    """Return the pictures that may be shown and are believed to show a theme."""
    found = [a for a in dated(library) if dict(a.themes).get(theme, 0.0) >= 0.45]
    return [asset for asset in found if showable(asset, library)]


def _of_holiday(name: str, story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    days = celebrated(name, story, library, plan)
    eves = {day - timedelta(days=1) for day in days}
    return [a for a in dated(library) if a.day in days or (a.day in eves and a.capture_time.hour >= 17)]


def celebrated(name: str, story: Story, library: Library, plan: Plan) -> set[date]:
    """Return the days of a holiday before the story's year, in the country of the home of each."""
    found = [h for h in library.holidays if h.name == name and h.on.year < story.due.year]
    return {h.on for h in found if h.country == _country(h.on, library, plan)}


def _country(day: date, library: Library, plan: Plan) -> str:
    """Return where the owner lived on a day: the country of most pictures of that home's years, near it."""
    home = next(h for h in plan.homes if h.first_day <= day.toordinal() <= h.last_day)
    there = [a for a in library.assets if home.first_day <= a.day.toordinal() <= home.last_day]
    near = [
        a.place.country_code
        for a in there
        if a.place
        and a.coordinates
        and abs(a.coordinates.latitude - home.coordinates.latitude) < 0.1
        and abs(a.coordinates.longitude - home.coordinates.longitude) < 0.1
    ]
    return Counter(near).most_common(1)[0][0]


def kept_years(on: tuple[int, int], story: Story, library: Library) -> set[int]:
    """Return the years in which a date (month, day) shows two people twice, and hardly anybody else."""
    found = set()
    on_date = [a for a in dated(library) if (a.day.month, a.day.day) == on and a.day < story.due]
    for year in {a.day.year for a in on_date}:
        peopled = [a for a in on_date if a.day.year == year and any(a.people) and showable(a, library)]
        both = sum(set(story.people) <= set(a.people) for a in peopled)
        if both >= 2 and 2 * both >= len(peopled):
            found.add(year)
    return found


def _of_anniversary(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    if declared := declared_of(story, library):
        return [a for a in dated(library) if shown_by(declared, a, story)]
    on = (story.due.month, story.due.day)
    years = kept_years(on, story, library)
    both = [a for a in dated(library) if set(story.people) <= set(a.people)]
    return [a for a in both if (a.day.month, a.day.day) == on and a.day.year in years]


def _of_theme(story: Story, library: Library, plan: Plan) -> list[LibraryAsset]:
    match = re.search("show “([^”]*)”", " ".join(map(str, story.evidence)))
    assert match is not None
    return [a for a in dated(library) if dict(a.themes).get(match[1].replace(" ", "_"), 0.0) >= 0.45]


_POOLS: Mapping[str, Callable[[Story, Library, Plan], list[LibraryAsset]]] = {
    "event": _of_event,
    "trip": _of_trip,
    "weekend": _of_weekend,
    "month": _of_month,
    "year": _of_year,
    "on_this_day": of_day,
    "birthday": _of_birthday,
    "anniversary": _of_anniversary,
    "person": _of_person,
    "season": _of_season,
    "first_snow": _of_first_snow,
    "together": _of_person,
    "theme": _of_theme,
    "occasion": _of_occasion,
}


def trip_of(story: Story, plan: Plan, assets: Mapping[AssetId, LibraryAsset]) -> tuple[datetime, datetime]:
    """Return the first and the last time of the trip that a story tells."""
    shown = assets[story.cover].capture_time
    trip = next(trip for trip in plan.trips if trip.start <= shown <= trip.end)
    return trip.start, trip.end


def days_of(span: tuple[datetime, datetime]) -> int:
    """Return how many calendar days a stretch of time touches."""
    return (span[1].date() - span[0].date()).days + 1


def sphere_km(one: Coordinates, other: Coordinates) -> float:
    """Return the distance of two points by the spherical law of cosines, in km."""
    a, b = math.radians(one.latitude), math.radians(other.latitude)
    turn = math.radians(one.longitude - other.longitude)
    cosine = math.sin(a) * math.sin(b) + math.cos(a) * math.cos(b) * math.cos(turn)
    return 6371.0 * math.acos(min(1.0, max(-1.0, cosine)))
