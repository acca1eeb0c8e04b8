"""At what fraction of its size a picture is decoded: the most demanding output decides."""

from __future__ import annotations

from collections.abc import Sequence

from inference_core.errors import ImageTooLarge, UnreadableImage
from inference_core.preprocess.spec import OutputSpec, Size

MAX_PIXELS = 200_000_000
"""Refused from the header alone beyond this."""

TOO_LARGE = f"more than {MAX_PIXELS // 1_000_000} megapixels"

MAX_RASTER_PIXELS = 50_000_000
"""A raster is shrunk further than its outputs ask for rather than exceed this."""

OVERSAMPLING = 1.3
"""Raster pixels per output pixel that must remain after shrinking, or fine detail would alias."""


def choose_shrink(upright: Size, specs: Sequence[OutputSpec]) -> int:
    """Return the largest of 8, 4, 2, 1 that leaves every output `OVERSAMPLING` times its pixels."""
    need = density(upright, specs) * OVERSAMPLING
    shrink = next((s for s in (8, 4, 2) if need * s <= 1.0), 1)
    while shrink < 8 and upright[0] * upright[1] > MAX_RASTER_PIXELS * shrink**2:
        shrink *= 2
    return shrink


def density(upright: Size, specs: Sequence[OutputSpec]) -> float:
    """Return output pixels per full-size pixel of the most demanding output; 0 without outputs."""
    return max((spec.density(upright) for spec in specs), default=0.0)


def chroma_density(upright: Size, specs: Sequence[OutputSpec]) -> float:
    """Return chroma samples per full-size pixel that satisfy every output; 0 without outputs."""
    return max((spec.density(upright) * spec.chroma for spec in specs), default=0.0)


def check_size(size: Size) -> None:
    """Refuse a picture of that stored size.

    Raises:
        ImageTooLarge: It has more than `MAX_PIXELS`.
        UnreadableImage: It has none.
    """
    if size[0] < 1 or size[1] < 1:
        raise UnreadableImage("the picture has no pixels")
    if size[0] * size[1] > MAX_PIXELS:
        raise ImageTooLarge(TOO_LARGE)
