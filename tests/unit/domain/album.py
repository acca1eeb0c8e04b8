"""Builders of small libraries whose every picture a test knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np

from services.domain.facets import Face, Person
from services.domain.identity import AssetId, PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.media import Box, CaptureTimeSource, Coordinates, MediaKind, Place
from services.domain.stories.plan import plan
from services.domain.stories.story import Story, StoryKind
from services.domain.stories.text import language

GRAZ = Place("Graz", "Austria", "AT")
GRAZ_POINT = Coordinates(47.07, 15.44)
LISBON = Place("Lisbon", "Portugal", "PT")
LISBON_POINT = Coordinates(38.72, -9.14)
SINTRA = Place("Sintra", "Portugal", "PT")
SINTRA_POINT = Coordinates(38.80, -9.38)
ANA, BEN = PersonId("ana"), PersonId("ben")
FIRST_SNOW = date(2024, 1, 13)
FACE = Face(Box(0.4, 0.2, 0.6, 0.5), 0.9, (), np.ones(128, np.float32) / np.float32(np.sqrt(128)), 0.8)


@dataclass
class Album:
    """Assets collected by a test, and the people in them."""

    assets: list[LibraryAsset] = field(default_factory=list)
    people: dict[PersonId, Person] = field(default_factory=dict)

    def add(self, at: datetime, **changes: Any) -> LibraryAsset:
        """Add one good photo, changed as asked; `who` puts people in it."""
        who: Sequence[PersonId | None] = changes.pop("who", ())
        number = len(self.assets)
        facts: dict[str, Any] = {
            "id": AssetId(f"a{number:05d}"),
            "kind": MediaKind.PHOTO,
            "capture_time": at,
            "capture_time_source": CaptureTimeSource.EXIF_OFFSET,
            "width": 4000,
            "height": 3000,
            "quality": 0.7,
            "people": tuple(who),
            "faces": (FACE,) * len(who),
        }
        asset = LibraryAsset(**facts | changes)
        self.assets.append(asset)
        return asset

    def series(self, start: datetime, n: int, minutes: float = 5.0, **changes: Any) -> list[LibraryAsset]:
        """Add n photos in equal steps."""
        return [self.add(start + k * timedelta(minutes=minutes), **changes) for k in range(n)]

    def lives_in_graz(self, first: date, weeks: int) -> None:
        """Add two photos at home every week: enough for habits, too few for stories."""
        for week in range(weeks):
            evening = at(first + timedelta(weeks=week), 19)
            self.series(evening, 2, coordinates=GRAZ_POINT, place=GRAZ)

    def library(self, **changes: Any) -> Library:
        """Return the library."""
        return Library(tuple(self.assets), dict(self.people), **changes)

    def stories(self, today: date, kind: StoryKind, **changes: Any) -> list[Story]:
        """Return the stories of a kind that are shown on a day, told in English."""
        made = plan(self.library(**changes), today).stories
        return [story.told_in(language("en")) for story in made if story.kind is kind]


def at(day: date, hour: int = 12, minute: int = 0) -> datetime:
    """Return a time of a day."""
    return datetime(day.year, day.month, day.day, hour, minute, tzinfo=UTC)


def shown(stories: Iterable[Story]) -> set[AssetId]:
    """Return every asset that these stories show."""
    return {item.asset_id for story in stories for item in story.media}


def lived(place: Place, point: Coordinates) -> Album:
    """Return half a year at home from December 2023 on, photographed every week."""
    album = Album()
    for week in range(26):
        start = at(date(2023, 12, 1) + timedelta(weeks=week), 19)
        album.series(start, 3, minutes=50, place=place, coordinates=point)
    return album


def snowy(*, earlier: int = 0, place: Place = GRAZ, point: Coordinates = GRAZ_POINT) -> Album:
    """Return it with snow in Graz on FIRST_SNOW and a week later, and some pictures of snow before."""
    album, snow = lived(GRAZ, GRAZ_POINT), (("snow", 0.8),)
    album.series(at(date(2024, 1, 9)), earlier, minutes=50, place=place, coordinates=point, themes=snow)
    for day in (FIRST_SNOW, FIRST_SNOW + timedelta(days=7)):
        album.series(at(day), 4, minutes=40, place=GRAZ, coordinates=GRAZ_POINT, themes=snow)
    return album


def a_trip(album: Album, first: date = date(2024, 5, 3), days: int = 3, per_day: int = 6) -> None:
    """Add home life around, and a journey to Lisbon."""
    album.lives_in_graz(first - timedelta(weeks=10), 9)
    for n in range(days):
        start = at(first + timedelta(days=n), 10)
        album.series(start, per_day, minutes=40, coordinates=LISBON_POINT, place=LISBON)
    album.lives_in_graz(first + timedelta(days=days + 4), 6)
