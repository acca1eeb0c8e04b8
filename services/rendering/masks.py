"""Coverage masks: where paint goes, with soft edges (mode L, 0…255)."""

from __future__ import annotations

from PIL import Image, ImageDraw

from services.rendering.formats import Size

_OVERSAMPLING = 4
"""Corners are drawn at this multiple of their size and scaled down: smooth edges."""


def rounded(size: Size, radius: int) -> Image.Image:
    """Return coverage (mode L) of a rectangle with rounded corners."""
    width, height = size
    mask = Image.new("L", size, 255)
    corner = Image.new("L", (radius * _OVERSAMPLING, radius * _OVERSAMPLING))
    across = 2 * radius * _OVERSAMPLING
    ImageDraw.Draw(corner).ellipse((0, 0, across - 1, across - 1), fill=255)
    corner = corner.resize((radius, radius), Image.Resampling.BOX)
    for turn, at in (
        (None, (0, 0)),
        (Image.Transpose.FLIP_LEFT_RIGHT, (width - radius, 0)),
        (Image.Transpose.FLIP_TOP_BOTTOM, (0, height - radius)),
        (Image.Transpose.ROTATE_180, (width - radius, height - radius)),
    ):
        mask.paste(corner.transpose(turn) if turn is not None else corner, at)
    return mask


def gradient(size: Size, strength: float) -> Image.Image:
    """Return coverage that grows downwards from nothing to `strength` (0…1), smoothly at both ends."""
    column = Image.new("L", (1, size[1]))
    for row in range(size[1]):
        share = row / max(1, size[1] - 1)
        column.putpixel((0, row), round(255 * strength * share * share * (3 - 2 * share)))
    return column.resize(size, Image.Resampling.NEAREST)


def faded(mask: Image.Image, share: float) -> Image.Image:
    """Return the mask at a share (0…1) of its coverage."""
    return mask if share >= 1.0 else mask.point([round(value * share) for value in range(256)])
