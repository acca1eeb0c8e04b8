"""Rest between days: what was told lately is not told again so soon.

A library says what was told on the days before (`Library.told`), so that planning stays a pure function. Some
stories can be told on any day: a person, two people, then and now, a theme. These rest:

- A new one waits while another of its kind was first told in the last days (ANY_DAY), and of several new ones
  of a kind the best alone is told.
- It shows no picture that another story has shown since it was first told in the last PICTURE_DAYS days.

Once told, a story keeps its day and goes on without the pictures that it left aside, so that it stays the
same from day to day. Stories that have a day of their own do not rest: it does not come again, and its
pictures belong to it. How many may be new on one day, of whatever kind, is said in `curation`. An owner whose
first stories these are sees at once what there is.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from types import MappingProxyType

from services.domain.consent import Scope
from services.domain.identity import AssetId
from services.domain.stories.story import Story, StoryKind, story_id

ANY_DAY: Mapping[StoryKind, timedelta] = MappingProxyType(
    {
        StoryKind.PERSON: timedelta(days=2),
        StoryKind.TOGETHER: timedelta(days=3),
        StoryKind.THEN_AND_NOW: timedelta(days=4),
        StoryKind.THEME: timedelta(days=2),
    }
)
"""The kinds that can be told on any day, and how long each rests after it was."""
PICTURE_DAYS = timedelta(days=14)


@dataclass(frozen=True)
class Rest:
    """What one story has to leave aside."""

    first_told: date
    due: date | None = None
    """The day that it keeps; None for one that is new."""
    pictures: frozenset[AssetId] = frozenset()
    scopes: frozenset[Scope] = frozenset()
    """What leaving these aside rests on."""


class Past:
    """What was told before a day.

    Args:
        told: Stories with the day on which each was first told.
        today: The day.
    """

    def __init__(self, told: Iterable[Story], today: date) -> None:
        self._today = today
        self._new = Rest(today)
        self._told = {s.id: s for s in told if s.first_told and s.first_told < today}

    @property
    def began(self) -> bool:
        """Any story was told before today."""
        return bool(self._told)

    def rest_of(self, kind: StoryKind, key: str) -> Rest:
        """Return what a story has to leave aside today, given by what its id is made from."""
        if not self._told:
            return self._new
        before = self._told.get(story_id(kind, key))
        if before is not None and before.first_told:
            if kind not in ANY_DAY:
                return Rest(before.first_told)
            return Rest(before.first_told, before.due, frozenset(before.left_aside), before.rests_on)
        return Rest(self._today, None, *self._shown_lately) if kind in ANY_DAY else self._new

    def rested(self, stories: Iterable[Story]) -> Iterator[Story]:
        """Return the stories that need not wait."""
        if not self._told:
            yield from stories
            return
        new: dict[StoryKind, Story] = {}
        for story in stories:
            if story.id in self._told or story.kind not in ANY_DAY:
                yield story
            elif story.kind not in new or (-story.score, story.id) < (
                -new[story.kind].score,
                new[story.kind].id,
            ):
                new[story.kind] = story
        yield from (story for kind, story in new.items() if not self._tires(kind))

    def _tires(self, kind: StoryKind) -> bool:
        """Tell whether a story of a kind was first told too lately for another one."""
        days = (story.first_told for story in self._told.values() if story.kind is kind)
        return any(day is not None and self._today - day < ANY_DAY[kind] for day in days)

    @cached_property
    def _shown_lately(self) -> tuple[frozenset[AssetId], frozenset[Scope]]:
        since = self._today - PICTURE_DAYS
        lately = [story for story in self._told.values() if story.first_told and story.first_told >= since]
        pictures = frozenset(item.asset_id for story in lately for item in story.media)
        return pictures, frozenset(scope for story in lately for scope in story.rests_on)
