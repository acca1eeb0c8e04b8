"""The stories that an owner sees: listed, looked at, explained."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

from services.domain.facets import Appearances, Content, Description, Location, Person
from services.domain.identity import AssetId, OwnerId, PersonId, StoryId
from services.domain.ports import Catalog, Clock
from services.domain.records import Kind, Record, StoryState
from services.domain.stories import dates, wording
from services.domain.stories.story import Story
from services.domain.stories.text import Said, listed

Rank = tuple[float, str]
"""(score below zero, id): smaller is shown earlier, whatever else comes and goes."""
_STAYS = frozenset({StoryState.SAVED, StoryState.SHARED})
_FIRST_ZONE, _LAST_ZONE = timezone(timedelta(hours=14)), timezone(timedelta(hours=-12))
"""Where on Earth a day begins first, and where last."""


@dataclass(frozen=True)
class MediaReason:
    """What one picture brought to a story."""

    asset_id: AssetId
    reason: Said


@dataclass(frozen=True)
class Explanation:
    """Why a story was proposed."""

    story: Story
    media: tuple[MediaReason, ...]


def is_shown(record: Record, now: datetime) -> bool:
    """Tell whether the owner sees this story: due, not expired unless kept, not dismissed.

    Which day it is where the owner lives is known to planning, which runs when one begins there, and takes
    back what expired. Here a story is only not shown before that day or after it anywhere on Earth.
    """
    story = record.get(Story)
    if story is None or record.state == StoryState.DISMISSED:
        return False
    if record.state in _STAYS:
        return True
    earliest, latest = now.astimezone(_LAST_ZONE).date(), now.astimezone(_FIRST_ZONE).date()
    return story.due <= latest and (story.expires is None or earliest < story.expires)


def rank(record: Record) -> Rank:
    """Return what orders stories: the best first, equal scores by id."""
    return -record.require(Story).score, record.id


class Stories:
    """An owner's stories."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def shown(self, owner: OwnerId, *, include_dismissed: bool = False) -> list[Record]:
        """Return the stories that are shown today, best first."""
        now = self._clock.now()
        records = await self._catalog.find(owner, Kind.STORY)
        shown = (
            record
            for record in records
            if is_shown(record, now) or (include_dismissed and record.state == StoryState.DISMISSED)
        )
        return sorted(shown, key=rank)

    async def page(
        self, owner: OwnerId, after: Rank | None, limit: int, *, include_dismissed: bool = False
    ) -> list[Record]:
        """Return a page of the stories that are shown today, best first."""
        shown = await self.shown(owner, include_dismissed=include_dismissed)
        return [record for record in shown if after is None or rank(record) > after][:limit]

    async def get(self, owner: OwnerId, story: StoryId) -> Record:
        """Return one story; raise NotFound."""
        return await self._catalog.get(owner, Kind.STORY, story)

    async def explain(self, owner: OwnerId, story_id: StoryId) -> Explanation:
        """Say what each picture brought to a story; raise NotFound."""
        story = (await self.get(owner, story_id)).require(Story)
        assets = await self._catalog.get_many(owner, Kind.ASSET, [m.asset_id for m in story.media])
        people = await self._catalog.find(owner, Kind.PERSON)
        names = {PersonId(r.id): p.name for r in people if (p := r.get(Person)) and p.name and not p.hidden}
        reasons = (MediaReason(AssetId(asset.id), _reason(asset, names)) for asset in assets)
        return Explanation(story, tuple(reasons))


def _reason(asset: Record, names: dict[PersonId, str]) -> Said:
    """Say in plain words when and where a picture was taken, who is in it and what it shows."""
    parts = (*_when_and_where(asset), *_who(asset, names), *_what(asset))
    return listed("semicolon", parts)


def _when_and_where(asset: Record) -> Iterable[Said]:
    if description := asset.get(Description):
        at = description.capture_time
        yield wording.say("reason.taken", day=dates.day(at.date()), time=f"{at:%H:%M}")
    if (location := asset.get(Location)) and location.place:
        yield wording.say("reason.place", place=location.place.city)


def _who(asset: Record, names: dict[PersonId, str]) -> Iterable[Said]:
    if appearances := asset.get(Appearances):
        known = list(dict.fromkeys(names[p] for p in appearances.people if p in names))
        if known:
            yield wording.say("reason.people", names=wording.commas(known))


def _what(asset: Record) -> Iterable[Said]:
    if content := asset.get(Content):
        if content.themes:
            yield wording.say("reason.theme", theme=wording.theme(content.themes[0].label))
        yield wording.say("reason.quality", percent=round(100 * content.quality))
