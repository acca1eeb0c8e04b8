"""Paper and ink that suit a set of pictures: quiet colours taken from the pictures themselves."""

from __future__ import annotations

import colorsys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

Colour = tuple[int, int, int]
"""sRGB, 0…255."""

_SAMPLE = 24
"""Pictures are sampled at this many pixels squared: enough for a mood."""
_NIGHT = 0.27
"""Below this mean luma (0…1) the pictures are a night's, and light paper would outshine them."""
_LUMA = np.array([0.2126, 0.7152, 0.0722])


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of a page."""

    paper: Colour
    ink: Colour
    """Titles: at least 10:1 against the paper."""
    soft: Colour
    """Subtitles: at least 4.5:1 against the paper."""


def palette_of(pictures: Sequence[Image.Image]) -> Palette:
    """Return light paper with a breath of the pictures' hue, or dark paper for dark pictures (mode RGB)."""
    pixels = np.concatenate([_sample(picture) for picture in pictures])
    hue, tint = _mood(pixels)
    if float((pixels @ _LUMA).mean()) < _NIGHT:
        return Palette(
            _hsl(hue, 0.075, 0.2 * tint), _hsl(hue, 0.95, 0.25 * tint), _hsl(hue, 0.72, 0.1 * tint)
        )
    return Palette(_hsl(hue, 0.95, 0.5 * tint), _hsl(hue, 0.13, 0.25 * tint), _hsl(hue, 0.37, 0.12 * tint))


def _sample(picture: Image.Image) -> NDArray[np.float64]:
    small = picture.resize((_SAMPLE, _SAMPLE), Image.Resampling.BOX)
    return np.asarray(small, dtype=np.float64).reshape(-1, 3) / 255


def _mood(pixels: NDArray[np.float64]) -> tuple[float, float]:
    """Return the hue (0…1) that colourful pixels agree on, and how far they agree (0…1)."""
    red, green, blue = pixels.T
    # Opponent axes: opposite hues cancel out, so a motley set comes out neutral.
    warm, cool = red - (green + blue) / 2, (green - blue) * np.sqrt(3) / 2
    across, up = float(warm.mean()), float(cool.mean())
    hue = float(np.arctan2(up, across)) / (2 * np.pi) % 1.0
    return hue, min(1.0, 5 * float(np.hypot(across, up)))


def _hsl(hue: float, lightness: float, saturation: float) -> Colour:
    red, green, blue = colorsys.hls_to_rgb(hue, lightness, saturation)
    return round(red * 255), round(green * 255), round(blue * 255)
