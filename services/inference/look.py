"""Looking at pictures that a client sends: nothing is stored."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass

from services.domain.consent import Scope
from services.domain.errors import InvalidArgument, UnreadableMedia
from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from services.domain.media_types import sniff
from services.domain.ports import Sight, Vision

LARGEST_IMAGE = 32 * 1024 * 1024
"""Bytes."""
EVERYTHING = frozenset({Scope.FACES, Scope.CONTENT})
IN_FLIGHT = 16
"""Pictures of one caller that are worked on at a time: what bounds memory and paces the caller."""


@dataclass(frozen=True)
class Item:
    """One picture to look at, under the caller's own name for it."""

    id: str
    image: bytes
    scopes: frozenset[Scope] = EVERYTHING

    def check(self) -> None:
        """Raise InvalidArgument for an item without an id, or too large to be taken."""
        if not self.id:
            raise InvalidArgument("every request needs an item_id")
        if len(self.image) > LARGEST_IMAGE:
            raise InvalidArgument(f"an image may have at most {LARGEST_IMAGE >> 20} MiB")


@dataclass(frozen=True)
class Answer:
    """What was seen in one picture, or why nothing was."""

    id: str
    sight: Sight | None
    error: UnreadableMedia | None = None


Outcome = Answer | Exception | None
"""What is ready: an answer, the failure that ends the call, or None after the last answer."""


class LookAtImages:
    """Answers each picture as soon as it is done, taking up no more than a few at a time."""

    def __init__(self, vision: Vision) -> None:
        self._vision = vision

    async def __call__(self, owner: OwnerId, items: AsyncIterator[Item]) -> AsyncIterator[Answer]:
        """Yield one answer for each item, in the order in which they are ready.

        A picture that cannot be read fails alone. Raises InvalidArgument for an item that is none, and
        Unavailable when the model server is away.
        """
        ready: asyncio.Queue[Outcome] = asyncio.Queue()
        slots = asyncio.Semaphore(IN_FLIGHT)
        feeding = asyncio.create_task(self._feed(owner, items, ready, slots))
        try:
            while (outcome := await ready.get()) is not None:
                if isinstance(outcome, Exception):
                    raise outcome
                yield outcome
                slots.release()
        finally:
            feeding.cancel()
            await asyncio.wait([feeding])

    async def _feed(
        self,
        owner: OwnerId,
        items: AsyncIterator[Item],
        ready: asyncio.Queue[Outcome],
        slots: asyncio.Semaphore,
    ) -> None:
        """Start on items as slots come free; whatever goes wrong is an outcome."""
        looking: set[asyncio.Task[None]] = set()
        try:
            async for item in items:
                item.check()
                await slots.acquire()
                task = asyncio.create_task(self._answer(owner, item, ready))
                looking.add(task)
                task.add_done_callback(looking.discard)
            await asyncio.gather(*looking)
            await ready.put(None)
        except Exception as error:
            await ready.put(error)
        finally:
            for task in looking:
                task.cancel()

    async def _answer(self, owner: OwnerId, item: Item, ready: asyncio.Queue[Outcome]) -> None:
        media = sniff(item.image[:64])
        kind = media.kind if media else MediaKind.PHOTO
        try:
            await ready.put(Answer(item.id, await self._vision.look(item.image, kind, item.scopes, owner)))
        except UnreadableMedia as unreadable:
            await ready.put(Answer(item.id, None, unreadable))
        except Exception as error:
            await ready.put(error)
