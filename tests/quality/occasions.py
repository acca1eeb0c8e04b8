"""Days that matter, put into a simulated life: are they told on their day, and is nothing else?"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np

from services.adapters.holidays import OfflineHolidays
from services.domain.facets import Face, Person
from services.domain.identity import AssetId, PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.media import Box, CaptureTimeSource, MediaKind
from services.domain.stories.plan import Plan, plan
from services.domain.stories.story import Story, StoryKind
from services.scheduler.add_holidays import with_holidays
from tests.quality.life import BIRTHDAYS, FAMILY, HOME, HOME_POINT
from tests.quality.simulator import simulate

FIRST_YEAR, YEARS = 2018, 6
ACTIVITY = 0.4
"""What the family photographs besides, beside the simulator's usual."""
LAST_YEAR = FIRST_YEAR + YEARS - 1
"""The year in which every day is asked for its stories; those before are its past."""
KEPT = (6, 12)
"""Ana's and Ben's anniversary (month, day)."""
COUPLE = (PersonId("ana"), PersonId("ben"))
GRANDMOTHER = PersonId("emma")
CAKES = (5, 21)
"""The birthday that nobody told, of the grandmother (month, day)."""
TRADITIONS = ("Christmas Day", "Easter Monday", "National Day")
WEDDINGS = (date(2020, 8, 22), date(LAST_YEAR, 9, 16))
GRADUATION = date(LAST_YEAR, 7, 7)
EVERY = 12
"""Besides the days on which something is due, one day in so many is looked at."""
OCCASIONS = frozenset({StoryKind.BIRTHDAY, StoryKind.ANNIVERSARY, StoryKind.OCCASION, StoryKind.SEASON})
SEASONS = (
    (f"Winter {LAST_YEAR - 1}–{LAST_YEAR}", 3),
    (f"Spring {LAST_YEAR}", 6),
    (f"Summer {LAST_YEAR}", 9),
    (f"Autumn {LAST_YEAR}", 12),
)
"""Each is told from the first day of the month after it."""
Told = tuple[str, date]
"""The beginning of a title, and the day on which the story is due."""


@dataclass(frozen=True)
class Day:
    """One day of the last year: the library as it was, and what is told."""

    today: date
    library: Library
    plan: Plan

    @property
    def told(self) -> list[Story]:
        """The occasions that are shown."""
        return [story for story in self.plan.stories if story.kind in OCCASIONS]


def days(seed: int) -> Iterator[Day]:
    """Plan every day on which something is due, the day before each, and some days between."""
    library = life(seed)
    due = {day for _, day in expected(library)}
    between = {date(LAST_YEAR, 1, 1) + timedelta(days=n) for n in range(0, 365, EVERY)}
    for today in sorted(due | {day - timedelta(days=1) for day in due} | between):
        past = until(library, today)
        yield Day(today, past, plan(past, today))


def life(seed: int) -> Library:
    """Return some years of simulated life with days that matter in it, and the holidays of its countries."""
    everyday = simulate(years=YEARS, seed=seed, first=date(FIRST_YEAR, 1, 1), activity=ACTIVITY)
    return with_holidays(_Guest(seed).visit(everyday.library), date(LAST_YEAR, 12, 31), OfflineHolidays())


def until(library: Library, today: date) -> Library:
    """Return the library as it was on a day."""
    return replace(library, assets=tuple(asset for asset in library.assets if asset.day <= today))


def expected(library: Library) -> set[Told]:
    """Return what has to be told in the last year."""
    told = {
        (f"{name} turns {on.year - born.year}", on - timedelta(days=5))
        for name, born in zip(FAMILY, BIRTHDAYS, strict=True)
        for on in (born.replace(year=LAST_YEAR),)
    }
    told |= {
        (f"{holiday.name} through the years", holiday.on)
        for holiday in library.holidays
        if holiday.country == "AT" and holiday.name in TRADITIONS and holiday.on.year == LAST_YEAR
    }
    told |= {(title, date(LAST_YEAR, month, 1)) for title, month in SEASONS}
    told.add(("Ana and Ben on 12 June", date(LAST_YEAR, *KEPT)))
    told.add(("Emma on 21 May", date(LAST_YEAR, *CAKES)))
    told |= {("A wedding", WEDDINGS[1] + timedelta(days=1)), ("A graduation", GRADUATION + timedelta(days=1))}
    return told


def told_on_their_day(looked_at: Sequence[Day]) -> float:
    """Return the share of what has to be told that is shown from its day on, and not on the day before."""
    wanted = expected(looked_at[-1].library)
    first: dict[Told, date] = {}
    for day in looked_at:
        for story in day.told:
            first.setdefault((str(story.title), story.due), day.today)
    return sum(first.get(told) == told[1] for told in wanted) / len(wanted)


def rightly_told(looked_at: Sequence[Day]) -> float:
    """Return the share of the occasions shown that are what they say, on a day on which they are due."""
    told = [(story, day) for day in looked_at for story in day.told]
    return sum(_is_right(story, day) for story, day in told) / len(told)


def _is_right(story: Story, day: Day) -> bool:
    title = str(story.title)
    if title.endswith(" through the years"):
        name = title.removesuffix(" through the years")
        return (name, story.due) in {(h.name, h.on) for h in day.library.holidays if h.country == "AT"}
    past = {("A wedding", wedding + timedelta(days=1)) for wedding in WEDDINGS}
    return (str(story.title), story.due) in expected(day.library) | past


class _Guest:
    """Photographs the days that matter, and what only looks like them."""

    def __init__(self, seed: int) -> None:
        self._rng = np.random.default_rng(seed)
        self._assets: list[LibraryAsset] = []

    def visit(self, library: Library) -> Library:
        """Return the library with all these days in it."""
        calendar = OfflineHolidays().between("AT", date(FIRST_YEAR, 1, 1), date(LAST_YEAR, 12, 31))
        for holiday in calendar:
            if holiday.name in TRADITIONS:
                self._shoot(holiday.on, 8, 11, COUPLE[:1])
        for year in range(FIRST_YEAR, LAST_YEAR + 1):
            self._shoot(date(year, *KEPT), 5, 19, COUPLE)
        for year in range(FIRST_YEAR + 2, LAST_YEAR + 1):
            self._shoot(date(year, *CAKES), 6, 16, (GRANDMOTHER,), "birthday")
        for day in WEDDINGS:
            self._shoot(day, 40, 11, (), "wedding", crowd=9)
        self._shoot(GRADUATION, 25, 10, (), "graduation", crowd=6)
        self._shoot(date(LAST_YEAR, 3, 9), 6, 15, (), "wedding")
        self._shoot(date(LAST_YEAR, 10, 14), 20, 18, (), "food", crowd=8)
        for year in (LAST_YEAR - 2, LAST_YEAR - 1):
            self._shoot(date(year, 3, 20), 5, 19, COUPLE)
        people = dict(library.people) | {GRANDMOTHER: Person(name="Emma")}
        return replace(library, assets=(*library.assets, *self._assets), people=people)

    def _shoot(
        self, day: date, n: int, hour: int, people: tuple[PersonId, ...], theme: str = "", crowd: int = 0
    ) -> None:
        at = datetime(day.year, day.month, day.day, hour, tzinfo=UTC)
        for k in range(n):
            at += timedelta(minutes=float(self._rng.uniform(2, 12)))
            who = (*people, *(None,) * (crowd if k % 3 == 0 else 0))
            asset = LibraryAsset(
                id=AssetId(f"guest{len(self._assets):05d}"),
                kind=MediaKind.PHOTO,
                capture_time=at,
                capture_time_source=CaptureTimeSource.EXIF_OFFSET,
                width=4032,
                height=3024,
                coordinates=HOME_POINT,
                place=HOME,
                faces=tuple(_face(i, len(who)) for i in range(len(who))),
                people=who,
                themes=((theme, float(self._rng.uniform(0.3, 0.95))),) if theme else (),
                quality=float(self._rng.beta(5, 3)),
            )
            self._assets.append(asset)


def _face(i: int, of: int) -> Face:
    width = min(0.8 / of, 0.25)
    embedding = np.ones(128, np.float32) / np.float32(np.sqrt(128))
    return Face(Box(i / of, 0.3, i / of + width, 0.3 + width * 1.3), 0.9, (), embedding, 0.7)
