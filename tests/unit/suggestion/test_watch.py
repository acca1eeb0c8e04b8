"""What a watcher is told, and when."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import aclosing
from datetime import UTC, datetime

import pytest

from services.domain.accounts import ACCOUNT_ID, Planned
from services.domain.records import AssetState, Kind, StoryState
from services.suggestion import watch as watching
from services.suggestion.stories import Stories
from services.suggestion.watch import AssetsPending, Change, StoryChanged, StoryWithdrawn, WatchStories
from tests.stored_library import ANA, NOW, StoredLibrary, story

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)


class Watcher:
    """Reads changes one at a time."""

    def __init__(self, changes: AsyncIterator[Change]) -> None:
        self._changes = changes

    async def next(self) -> tuple[str, object]:
        async with asyncio.timeout(5):
            match await anext(self._changes):
                case StoryChanged(record):
                    return "changed", record.id
                case StoryWithdrawn(id_):
                    return "withdrawn", id_
                case AssetsPending(count):
                    return "pending", count

    async def take(self, n: int) -> list[tuple[str, object]]:
        return [await self.next() for _ in range(n)]


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Look again soon: a signal that comes while nobody waits is lost."""
    monkeypatch.setattr(watching, "LOOK_AGAIN", 0.02)


@pytest.fixture
async def watcher(library: StoredLibrary) -> AsyncIterator[Watcher]:
    stories = Stories(library.catalog, library.clock)
    async with aclosing(WatchStories(library.catalog, stories, library.signals)(ANA)) as changes:  # type: ignore[type-var]
        yield Watcher(changes)


async def settle(library: StoredLibrary, assets: int) -> None:
    async with library.catalog.transaction(ANA) as tx:
        await tx.put(Kind.ACCOUNT, ACCOUNT_ID, Planned(assets, NOW))


async def test_first_everything_is_told_then_what_changes(library: StoredLibrary, watcher: Watcher) -> None:
    await library.tell(story("best", "a", score=0.9), story("good", "a"))
    assert await watcher.take(3) == [("changed", "best"), ("changed", "good"), ("pending", 0)]
    await library.tell(story("good", "a", title="Another title"), story("new", "a", score=0.1))
    assert await watcher.take(2) == [("changed", "good"), ("changed", "new")]


async def test_what_is_withdrawn_or_dismissed_is_told_by_its_id(
    library: StoredLibrary, watcher: Watcher
) -> None:
    await library.tell(story("a", "x"), story("b", "x"), story("c", "x"))
    await watcher.take(4)
    await library.remove(Kind.STORY, "a")
    await library.tell(story("b", "x"), state=StoryState.DISMISSED)
    assert await watcher.take(2) == [("withdrawn", "a"), ("withdrawn", "b")]


async def test_the_count_of_pending_assets_goes_down_to_nothing(
    library: StoredLibrary, watcher: Watcher
) -> None:
    await library.add("a", AT, state=AssetState.STORED)
    await library.add("b", AT, state=AssetState.DESCRIBED)
    await library.add("c", AT, state=AssetState.UNREADABLE)
    assert await watcher.next() == ("pending", 3)
    await library.remove(Kind.ASSET, "a")
    await library.add("b", AT)
    assert await watcher.next() == ("pending", 2)
    await settle(library, 2)
    assert await watcher.next() == ("pending", 0)


async def test_a_deletion_is_pending_until_it_is_planned(library: StoredLibrary, watcher: Watcher) -> None:
    await library.add("a", AT)
    await settle(library, 1)
    assert await watcher.next() == ("pending", 0)
    await library.remove(Kind.ASSET, "a")
    assert await watcher.next() == ("pending", 1)


async def test_a_signal_wakes_the_watcher(
    library: StoredLibrary, watcher: Watcher, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOOK_AGAIN", 60.0)
    assert await watcher.next() == ("pending", 0)
    told = asyncio.create_task(watcher.next())
    await asyncio.sleep(0.05)
    await library.tell(story("s", "a"))
    library.signals.notify(f"stories:{ANA}")
    assert await told == ("changed", "s")
