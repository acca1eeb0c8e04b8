"""What a story can be rendered as, and what came of rendering it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from services.domain.identity import AssetId
from services.domain.stories.story import Form, Story

Progress = Callable[[float], None]
"""Told how much is done, 0…1, never less than before."""
Size = tuple[int, int]
"""Width and height in pixels."""


class RenderFormat(StrEnum):
    """A medium and an aspect ratio, width to height."""

    COLLAGE_PORTRAIT_9_16 = "collage_portrait_9_16"
    COLLAGE_4_5 = "collage_4_5"
    COLLAGE_16_9 = "collage_16_9"
    VIDEO_9_16 = "video_9_16"

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return _SIZES[self]

    @property
    def media_type(self) -> str:
        """The MIME type of the result."""
        return "video/mp4" if self is RenderFormat.VIDEO_9_16 else "image/jpeg"

    @property
    def suffix(self) -> str:
        """The file name extension of the result, with its dot."""
        return ".mp4" if self is RenderFormat.VIDEO_9_16 else ".jpg"

    @staticmethod
    def default_for(story: Story) -> RenderFormat:
        """Return the format that suits a story: a video if it says so, else a collage for a phone."""
        if story.form is Form.VIDEO:
            return RenderFormat.VIDEO_9_16
        # Two or three pictures on a tall page would be slivers or leave it empty.
        return RenderFormat.COLLAGE_4_5 if len(story.media) <= 3 else RenderFormat.COLLAGE_PORTRAIT_9_16


_SIZES: dict[RenderFormat, Size] = {
    RenderFormat.COLLAGE_PORTRAIT_9_16: (1080, 1920),
    RenderFormat.COLLAGE_4_5: (1080, 1350),
    RenderFormat.COLLAGE_16_9: (1920, 1080),
    RenderFormat.VIDEO_9_16: (1080, 1920),
}


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A picture that could not be shown, and why in plain words."""

    asset_id: AssetId
    reason: str


@dataclass(frozen=True, slots=True)
class Rendition:
    """A rendered story on disk."""

    path: Path
    format: RenderFormat
    size: Size
    shown: tuple[AssetId, ...]
    """The pictures in it, in order of appearance."""
    left_out: tuple[LeftOut, ...] = ()
    """The pictures that could not be read."""
    duration: float = 0.0
    """Seconds; 0 for a collage."""
