"""Renders a story: the one way in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from services.domain.errors import UnreadableMedia
from services.domain.stories.story import Story
from services.rendering.collage import render_collage
from services.rendering.formats import Progress, RenderFormat, Rendition
from services.rendering.pictures import Picture
from services.rendering.video.pace import Pace
from services.rendering.video.recap import render_recap


def _ignored(_: float) -> None:
    """Tell nobody."""


def render(
    story: Story,
    pictures: Sequence[Picture],
    out: Path,
    target: RenderFormat | None = None,
    progress: Progress = _ignored,
    *,
    pace: Pace = Pace(),
) -> Rendition:
    """Write a story as a collage or a recap; the same input gives the same bytes.

    Runs for seconds and keeps a core busy: call it in a worker thread or process. Pictures are opened
    one at a time, at the size at which they are shown.

    Args:
        story: what to render; its title, subtitle and cover are used, and its id as the seed.
        pictures: its pictures, in the order in which they are shown.
        out: the file to write; it appears when it is complete.
        target: the format; the one that suits the story where None.
        progress: is told the share that is done, possibly from another thread.
        pace: how long things are on screen in a recap.

    Raises:
        UnreadableMedia: not one of the pictures can be read.
        OSError: the file cannot be written.
        StoryrollError: whatever a picture's source raises.
    """
    if not pictures:
        raise UnreadableMedia("this story has no pictures")
    target = target or RenderFormat.default_for(story)
    part = out.with_name(f".{out.name}.part")
    try:
        if target is RenderFormat.VIDEO_9_16:
            rendition = render_recap(story, pictures, part, target, progress=progress, pace=pace)
        else:
            rendition = render_collage(story, pictures, part, target, progress=progress)
        part.replace(out)
    finally:
        part.unlink(missing_ok=True)
    return replace(rendition, path=out)
