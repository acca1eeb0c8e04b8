"""A phone that syncs and people who browse, with the retries of our clients, counting what fails."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeVar

import grpc
from storyroll.consent.v1 import consent_pb2
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2

from services.cli.failures import CommandError
from tests.chaos.stack.account import Account

T = TypeVar("T")

_TAKES_EVERY_S: Final = 2.0
_BACKLOG: Final = 6
"""Photos that wait, so that every strike hits a phone at work."""
_LOOKS_EVERY_S: Final = 0.5
_GONE: Final = (grpc.StatusCode.NOT_FOUND, grpc.StatusCode.FAILED_PRECONDITION)
"""A story may be planned anew while its owner opens it."""


class Load:
    """What one owner does at a time, on a phone and at two screens."""

    def __init__(self, account: Account) -> None:
        self._account = account
        self.phase = "quiet"
        """Under which failures are counted."""
        self.calls: Counter[str] = Counter()
        self.failed: Counter[str] = Counter()
        self.said: list[str] = []
        """What the first failures were."""

    @asynccontextmanager
    async def going_on(self) -> AsyncIterator[None]:
        """Load the server for as long as the block lasts."""
        doings = (self._take, self._sync, self._browse, self._open_stories, self._watch)
        tasks = [asyncio.create_task(doing()) for doing in doings]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            ended = await asyncio.gather(*tasks, return_exceptions=True)
        for end in ended:
            if isinstance(end, Exception):
                raise end

    async def _take(self) -> None:
        roll, ledger = self._account.roll, self._account.ledger
        while True:
            if roll.taken - len(ledger.read()) < _BACKLOG:
                await asyncio.to_thread(roll.take, 1)
            await asyncio.sleep(_TAKES_EVERY_S)

    async def _sync(self) -> None:
        while True:
            self.calls[self.phase] += 1
            try:
                outcome = await self._account.sync()
            except CommandError as error:
                self._note(f"sync: {error}")
            else:
                for path, reason in outcome.failed.items():
                    self._note(f"sync: {path}: {reason}")
            await asyncio.sleep(_LOOKS_EVERY_S)

    async def _browse(self) -> None:
        session = self._account.session
        while True:
            await self._called(lambda: session.consent.GetConsent(consent_pb2.GetConsentRequest()))
            await self._called(lambda: session.metadata.ListAssets(metadata_pb2.ListAssetsRequest()))
            await self._called(lambda: session.metadata.ListEvents(metadata_pb2.ListEventsRequest()))
            await self._called(lambda: session.metadata.ListPeople(metadata_pb2.ListPeopleRequest()))
            await asyncio.sleep(_LOOKS_EVERY_S)

    async def _open_stories(self) -> None:
        suggestion = self._account.session.suggestion
        while True:
            page = await self._called(lambda: suggestion.ListStories(suggestion_pb2.ListStoriesRequest()))
            for story in page.stories[:3] if page else ():
                asked = suggestion_pb2.ExplainStoryRequest(story_id=story.id)
                await self._called(lambda asked=asked: suggestion.ExplainStory(asked))  # type: ignore[misc]
            await asyncio.sleep(_LOOKS_EVERY_S)

    async def _watch(self) -> None:
        """Hold a stream; one that ends is opened again, and failed only if nothing came through it."""
        while True:
            self.calls[self.phase] += 1
            heard = False
            try:
                request = suggestion_pb2.WatchStoriesRequest()
                async for _ in self._account.session.suggestion.WatchStories(request):
                    heard = True
            except grpc.aio.AioRpcError as error:
                if not heard:
                    self._note(f"WatchStories: {error.code().name}: {error.details()}")
            await asyncio.sleep(_LOOKS_EVERY_S)

    async def _called(self, call: Callable[[], Awaitable[T]]) -> T | None:
        self.calls[self.phase] += 1
        try:
            return await call()
        except grpc.aio.AioRpcError as error:
            if error.code() not in _GONE:
                self._note(f"{error.code().name}: {error.details()}")
            return None

    def _note(self, what: str) -> None:
        self.failed[self.phase] += 1
        self.said.append(f"{self.phase}: {what}")
