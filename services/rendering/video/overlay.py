"""Text over moving pictures: a title, or a caption with the darkening that makes it readable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from PIL import Image

from services.rendering.formats import Size
from services.rendering.masks import faded, gradient
from services.rendering.pictures import Picture
from services.rendering.typography import TextBlock, Typeface, fit
from services.rendering.video.planes import BLACK, WHITE, Planes, Tone

_MARGIN = 72
"""Pixels at the sides: players and phones cover the rim."""
_CAPTION_BASE = 168
"""Pixels from the bottom to the caption's lower edge: above a player's controls."""
_SCRIM = 520
"""Height in pixels of the darkening behind a caption."""


@dataclass(frozen=True)
class Layer:
    """One grey painted through one mask."""

    tone: Tone
    at: tuple[int, int]
    """Even coordinates."""
    mask: Image.Image
    """Mode L, of even size."""


@dataclass(frozen=True)
class Overlay:
    """Layers that come and go together."""

    layers: tuple[Layer, ...]

    def paint(self, planes: Planes, share: float) -> None:
        """Paint onto a frame at a share (0…1) of full strength."""
        if share <= 0.0:
            return
        for layer in self.layers:
            planes.paint(layer.tone, layer.at, faded(layer.mask, share))


def caption(text: str, size: Size) -> Overlay:
    """Return a line of text at the lower left, over a soft darkening of the frame's lower edge."""
    block = fit(text, Typeface.STRONG, size[0] - 2 * _MARGIN, largest=44, smallest=32)
    at = _MARGIN, (size[1] - _CAPTION_BASE - block.height) & ~1
    scrim = gradient((size[0], _SCRIM), 0.55)
    return Overlay((Layer(BLACK, (0, size[1] - _SCRIM), scrim), Layer(WHITE, at, _even(block.mask()))))


def centred(blocks: tuple[TextBlock, ...], top: int, gap: int, size: Size) -> Overlay:
    """Return blocks of text below each other, centred across a frame, from `top` pixels on."""
    layers: list[Layer] = []
    for block in blocks:
        if block.lines:
            mask = _even(block.mask("center", size[0] - 2 * _MARGIN))
            layers.append(Layer(WHITE, (_MARGIN, top & ~1), mask))
            top += block.height + gap
    return Overlay(tuple(layers))


def title_blocks(title: str, subtitle: str, size: Size) -> tuple[TextBlock, ...]:
    """Set a story's title and subtitle for a frame."""
    room = size[0] - 2 * _MARGIN
    return (
        fit(title, Typeface.TITLE, room, largest=104, smallest=60, lines=3),
        fit(subtitle, Typeface.TEXT, room, largest=46, smallest=34, lines=2),
    )


def captions_for(pictures: Sequence[Picture]) -> list[str]:
    """Return what to write under each picture: where and when, at the start and whenever it changes."""
    written: list[str] = []
    before = ""
    for picture in pictures:
        text = " · ".join(part for part in (picture.place, _day(picture.capture_time)) if part)
        written.append(text if text != before else "")
        before = text or before
    return written


def _day(time: datetime | None) -> str:
    return f"{time.day} {time:%B %Y}" if time else ""


def _even(mask: Image.Image) -> Image.Image:
    """Pad to even size, as chroma at half resolution needs it."""
    width, height = mask.size
    return mask if not (width | height) & 1 else mask.crop((0, 0, width + width % 2, height + height % 2))
