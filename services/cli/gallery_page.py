"""Rendering every story through the service, and laying the page out from the results."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import grpc
from PIL import Image
from rich.console import Console
from rich.progress import Progress
from storyroll.suggestion.v1 import suggestion_pb2

from services.cli.session import Session
from services.cli.stories import Format, save_rendering
from services.cli.views import word
from services.domain.identity import AssetId, PersonId, StoryId
from services.domain.stories.story import Form, Story, StoryKind, StoryMedia
from services.domain.stories.text import preferred
from services.gateway.gallery.story_card import GalleryStory
from services.gateway.gallery.write_gallery import write_gallery
from services.rendering.formats import RenderFormat
from services.rendering.video.poster import poster_of
from services.rpc.media_convert import date_from_pb, local_time_from_pb

_AT_ONCE = 2
"""Renderings that are asked for at a time: one is made while another is sent."""
_console = Console(stderr=True)


async def write_page(
    session: Session,
    stories: Sequence[suggestion_pb2.Story],
    out: Path,
    *,
    note: str,
    credits_file: Path | None,
) -> Path:
    """Write the gallery; return the path of its page. Raises AioRpcError, OSError."""
    with tempfile.TemporaryDirectory(prefix="storyroll-gallery-") as folder:
        rendered = await _render_all(session, stories, Path(folder))
        return await asyncio.to_thread(
            write_gallery,
            out,
            rendered,
            note=note,
            credits_file=credits_file,
            generated_at=datetime.now(UTC).astimezone(),
            language=preferred([session.language]),
        )


async def _render_all(
    session: Session, stories: Sequence[suggestion_pb2.Story], folder: Path
) -> list[GalleryStory]:
    """Render stories side by side; one that cannot be rendered any more is left out, saying so."""
    slots = asyncio.Semaphore(_AT_ONCE)
    with Progress(console=_console, transient=True, disable=not _console.is_terminal) as bar:
        task = bar.add_task("rendering", total=len(stories))

        async def one(story: suggestion_pb2.Story) -> GalleryStory | None:
            async with slots:
                try:
                    return await _render(session, story, folder)
                except grpc.aio.AioRpcError as error:
                    if error.code() not in (grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND):
                        raise
                    _console.print(
                        f"left out: {story.title}: {error.details()}", markup=False, soft_wrap=True
                    )
                    return None
                finally:
                    bar.advance(task)

        made = await asyncio.gather(*(one(story) for story in stories))
    return [item for item in made if item]


async def _render(session: Session, story: suggestion_pb2.Story, folder: Path) -> GalleryStory:
    media = folder / story.id
    media_type = await save_rendering(session, story.id, media, Format.OWN)
    if media_type != "video/mp4":
        return GalleryStory(story_from_pb(story), media, media_type, await asyncio.to_thread(_size, media))
    poster = folder / f"{story.id}.jpg"
    poster.write_bytes(await asyncio.to_thread(poster_of, media))
    return GalleryStory(story_from_pb(story), media, media_type, RenderFormat.VIDEO_9_16.size, poster)


def story_from_pb(story: suggestion_pb2.Story) -> Story:
    """Convert a story as the service sends it; which consent it rests on stays with the service."""
    return Story(
        id=StoryId(story.id),
        kind=StoryKind(word(suggestion_pb2.StoryKind, story.kind) or ""),
        form=Form(word(suggestion_pb2.StoryForm, story.form) or ""),
        title=story.title,
        subtitle=story.subtitle,
        cover=AssetId(story.cover),
        media=tuple(StoryMedia(AssetId(item.asset_id)) for item in story.media),
        score=story.score,
        evidence=tuple(story.evidence),
        start=local_time_from_pb(story.start),
        end=local_time_from_pb(story.end),
        due=date_from_pb(story.due),
        expires=date_from_pb(story.expires) if story.HasField("expires") else None,
        rests_on=frozenset(),
        people=tuple(PersonId(id_) for id_ in story.person_ids),
    )


def _size(picture: Path) -> tuple[int, int]:
    with Image.open(picture) as image:
        return image.size
