"""Rendering a story for its owner."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from services.domain.accounts import AuditAction, audit
from services.domain.errors import FailedPrecondition, NotFound, UnreadableMedia
from services.domain.facets import Original
from services.domain.identity import AssetId, OwnerId, StoryId
from services.domain.library import LibraryAsset
from services.domain.ports import Catalog, Clock, Vault
from services.domain.records import Kind
from services.domain.stories.story import Story
from services.domain.stories.text import Language
from services.rendering.formats import RenderFormat, Rendition
from services.rendering.pictures import Picture, pictures_of

PIECE = 256 * 1024
"""Bytes."""
QUEUED = 8
"""Parts that wait for a slow caller, who thereby paces us."""


class Renderer(Protocol):
    """Turns a story and its pictures into a file."""

    def rendered(
        self,
        story: Story,
        pictures: Sequence[Picture],
        target: RenderFormat | None,
        progress: Callable[[float], None],
    ) -> AbstractAsyncContextManager[Rendition]:
        """Lend the story as a private temporary file, removed at exit; raise UnreadableMedia."""
        ...


@dataclass(frozen=True, slots=True)
class Progress:
    """How far it is, 0…1."""

    share: float


@dataclass(frozen=True, slots=True)
class Finished:
    """It is made; pieces follow."""

    media_type: str


@dataclass(frozen=True, slots=True)
class Piece:
    """The next bytes of the result."""

    data: bytes


Part = Progress | Finished | Piece
Parts = asyncio.Queue[Part | Exception | None]
"""What is ready for the caller: parts, then None, or the failure that ends the call."""


class RenderStory:
    """Renders a story from the originals, which leave the vault only while it is made.

    Args:
        at_once: Stories in rendering at a time; further ones wait.
    """

    def __init__(
        self, catalog: Catalog, vault: Vault, renderer: Renderer, clock: Clock, *, at_once: int = 2
    ) -> None:
        self._catalog = catalog
        self._vault = vault
        self._renderer = renderer
        self._clock = clock
        self._slots = asyncio.Semaphore(at_once)

    async def __call__(
        self, owner: OwnerId, story_id: StoryId, target: RenderFormat | None, language: Language
    ) -> AsyncIterator[Part]:
        """Yield progress, the media type, then the bytes; raise NotFound, FailedPrecondition.

        The texts in the picture or video are said in `language`.
        """
        record = await self._catalog.get(owner, Kind.STORY, story_id)
        story = record.require(Story).told_in(language)
        parts: Parts = asyncio.Queue(maxsize=QUEUED)
        making = asyncio.create_task(self._make(owner, story, target, parts))
        try:
            while (part := await parts.get()) is not None:
                if isinstance(part, Exception):
                    raise part
                yield part
        finally:
            making.cancel()
            await asyncio.wait([making])

    async def _make(self, owner: OwnerId, story: Story, target: RenderFormat | None, parts: Parts) -> None:
        """Put every part, then None, or what went wrong."""
        try:
            async with self._slots, AsyncExitStack() as lent:
                pictures = await self._pictures(owner, story, lent)
                rendered = self._renderer.rendered(story, pictures, target, _teller(parts))
                rendition = await lent.enter_async_context(rendered)
                await self._audit(owner, story.id)
                await _send(rendition, parts)
        except UnreadableMedia as unreadable:
            await parts.put(FailedPrecondition(str(unreadable)))
        except Exception as error:
            await parts.put(error)

    async def _pictures(self, owner: OwnerId, story: Story, lent: AsyncExitStack) -> tuple[Picture, ...]:
        """Lend the originals of a story for as long as it is made, without those deleted meanwhile."""
        ids = [item.asset_id for item in story.media]
        records = await self._catalog.get_many(owner, Kind.ASSET, ids)
        sources: dict[AssetId, Path] = {}
        for record in records:
            file = self._vault.as_file(owner, record.require(Original).blob_key)
            with suppress(NotFound):
                sources[AssetId(record.id)] = await lent.enter_async_context(file)
        assets = {asset.id: asset for record in records if (asset := LibraryAsset.from_record(record))}
        return pictures_of(story, assets, sources)

    async def _audit(self, owner: OwnerId, story_id: StoryId) -> None:
        async with self._catalog.transaction(owner) as tx:
            await audit(tx, AuditAction.STORY_RENDERED, self._clock.now(), subject=story_id)


async def _send(rendition: Rendition, parts: Parts) -> None:
    await parts.put(Progress(1.0))  # what is made quickly has told of nothing else
    await parts.put(Finished(rendition.format.media_type))
    with rendition.path.open("rb") as file:
        while data := await asyncio.to_thread(file.read, PIECE):
            await parts.put(Piece(data))
    await parts.put(None)


def _teller(parts: Parts) -> Callable[[float], None]:
    """Return what takes progress; it is dropped while the caller is slow, for later progress says more."""

    def tell(share: float) -> None:
        with suppress(asyncio.QueueFull):
            parts.put_nowait(Progress(share))

    return tell
