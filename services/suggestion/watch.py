"""Telling an owner of stories as they come and go."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.domain.accounts import ACCOUNT_ID, Planned
from services.domain.errors import NotFound
from services.domain.identity import OwnerId, StoryId
from services.domain.ports import Catalog, Signals
from services.domain.records import AssetState, Kind, Query, Record
from services.suggestion.stories import Stories

LOOK_AGAIN = 2.0
"""Seconds after which the Catalog is read even if no signal came."""

_UNSETTLED = frozenset({AssetState.STORED, AssetState.DESCRIBED})
_SETTLED = frozenset({AssetState.ANALYSED, AssetState.UNREADABLE})


@dataclass(frozen=True)
class StoryChanged:
    """A story that is there, new or changed."""

    record: Record


@dataclass(frozen=True)
class StoryWithdrawn:
    """A story that is gone."""

    id: StoryId


@dataclass(frozen=True)
class AssetsPending:
    """How many assets the stories do not reflect yet; 0 when all is settled."""

    count: int


Change = StoryChanged | StoryWithdrawn | AssetsPending


class WatchStories:
    """Compares what is shown now with what this watcher was told, as often as something happens."""

    def __init__(self, catalog: Catalog, stories: Stories, signals: Signals) -> None:
        self._catalog = catalog
        self._stories = stories
        self._signals = signals

    async def __call__(self, owner: OwnerId) -> AsyncIterator[Change]:
        """Yield what is shown, then every change, until the caller ends it."""
        told: dict[str, int] = {}
        pending: int | None = None
        while True:
            count = await self._pending(owner)
            for change in self._compare(told, await self._stories.shown(owner)):
                yield change
            if count != pending:
                pending = count
                yield AssetsPending(count)
            await self._signals.wait(f"stories:{owner}", LOOK_AGAIN)

    def _compare(self, told: dict[str, int], shown: list[Record]) -> list[Change]:
        """Return the changes since the last look, and remember them as told."""
        now = {record.id: record.revision for record in shown}
        gone: list[Change] = [StoryWithdrawn(StoryId(id_)) for id_ in told if id_ not in now]
        new: list[Change] = [StoryChanged(r) for r in shown if told.get(r.id) != r.revision]
        told.clear()
        told.update(now)
        return gone + new

    async def _pending(self, owner: OwnerId) -> int:
        waiting = await self._catalog.count(owner, Kind.ASSET, Query(states=_UNSETTLED))
        settled = await self._catalog.count(owner, Kind.ASSET, Query(states=_SETTLED))
        return waiting + abs(settled - await self._planned(owner))

    async def _planned(self, owner: OwnerId) -> int:
        try:
            account = await self._catalog.get(owner, Kind.ACCOUNT, ACCOUNT_ID)
        except NotFound:
            return 0
        planned = account.get(Planned)
        return planned.assets if planned else 0
