"""Video frames as planes, in the form in which they are encoded.

Design note. A recap is composed in YUV 4:2:0, BT.709 limited range, from the first resize to the encoder:
half the samples of RGB, and no conversion for any frame. Moving a window over a picture is one resampling
with a fractional box, which Pillow does exactly: pans are smooth below a pixel. Measured on one core at
1080 x 1920: 15 ms a frame bicubic, 11 ms bilinear, against 60 ms for an affine transform in RGB.
Bilinear luma shimmers, because its blur changes with the fraction of a pixel; bicubic does not, and in chroma
nobody sees it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import av
import numpy as np
from av.video.reformatter import ColorRange, Colorspace
from PIL import Image

from services.domain.media import Box
from services.rendering.formats import Size

_BLACK, _WHITE, _NEUTRAL = 16, 235, 128
"""Limited-range luma, and chroma without colour."""


class Tone(NamedTuple):
    """A grey in limited-range luma."""

    luma: int


BLACK, WHITE = Tone(_BLACK), Tone(_WHITE)


@dataclass(frozen=True)
class Planes:
    """A picture of even size: luma in full, both chromas at half resolution, all mode L."""

    luma: Image.Image
    blue: Image.Image
    red: Image.Image

    @property
    def size(self) -> Size:
        """Width and height in pixels."""
        return self.luma.size

    @staticmethod
    def plain(size: Size, tone: Tone) -> Planes:
        """Return one grey area."""
        half = size[0] // 2, size[1] // 2
        chroma = Image.new("L", half, _NEUTRAL)
        return Planes(Image.new("L", size, tone.luma), chroma, chroma.copy())

    @staticmethod
    def from_image(image: Image.Image) -> Planes:
        """Convert from RGB; an odd last column or row is cut off."""
        width, height = image.size
        even = image.crop((0, 0, width & ~1, height & ~1))
        return Planes.from_frame(av.VideoFrame.from_ndarray(np.asarray(even), format="rgb24"))

    @staticmethod
    def from_frame(frame: av.VideoFrame, size: Size | None = None) -> Planes:
        """Convert a decoded frame of any format, scaled to an even size if one is given."""
        width, height = size or (frame.width & ~1, frame.height & ~1)
        ready = frame.reformat(
            width=width,
            height=height,
            format="yuv420p",
            dst_colorspace=Colorspace.ITU709,
            dst_color_range=ColorRange.MPEG,
        )
        samples = ready.to_ndarray()
        quarter = width // 2 * (height // 2)
        chroma = samples[height:].reshape(-1)
        return Planes(
            Image.fromarray(samples[:height]),
            Image.fromarray(chroma[:quarter].reshape(height // 2, width // 2)),
            Image.fromarray(chroma[quarter:].reshape(height // 2, width // 2)),
        )

    def view(self, window: Box, size: Size) -> Planes:
        """Return a part, given in fractions, resampled to a size."""
        half = size[0] // 2, size[1] // 2
        return Planes(
            _resampled(self.luma, window, size, Image.Resampling.BICUBIC),
            _resampled(self.blue, window, half, Image.Resampling.BILINEAR),
            _resampled(self.red, window, half, Image.Resampling.BILINEAR),
        )

    def turned(self, turn: Image.Transpose) -> Planes:
        """Return it rotated or mirrored."""
        return Planes(self.luma.transpose(turn), self.blue.transpose(turn), self.red.transpose(turn))

    def blend(self, other: Planes, share: float) -> Planes:
        """Return a mixture: all of this at share 0, all of the other at 1."""
        return Planes(
            Image.blend(self.luma, other.luma, share),
            Image.blend(self.blue, other.blue, share),
            Image.blend(self.red, other.red, share),
        )

    def copy(self) -> Planes:
        """Return an independent copy, to paint on."""
        return Planes(self.luma.copy(), self.blue.copy(), self.red.copy())

    def paste(self, other: Planes, at: tuple[int, int], mask: Image.Image) -> None:
        """Paint another picture onto this one, at even coordinates, where the mask (mode L) covers it."""
        half, thin = (at[0] // 2, at[1] // 2), mask.reduce(2)
        self.luma.paste(other.luma, at, mask)
        self.blue.paste(other.blue, half, thin)
        self.red.paste(other.red, half, thin)

    def paint(self, tone: Tone, at: tuple[int, int], mask: Image.Image) -> None:
        """Paint a grey onto this picture, at even coordinates, where the mask (mode L) covers it."""
        half, thin = (at[0] // 2, at[1] // 2), mask.reduce(2)
        self.luma.paste(tone.luma, at, mask)
        self.blue.paste(_NEUTRAL, half, thin)
        self.red.paste(_NEUTRAL, half, thin)

    def frame(self) -> av.VideoFrame:
        """Return a frame for the encoder, format yuv420p."""
        width, height = self.size
        planes = [np.asarray(plane).reshape(-1) for plane in (self.luma, self.blue, self.red)]
        samples = np.concatenate(planes).reshape(height * 3 // 2, width)
        return av.VideoFrame.from_ndarray(samples, format="yuv420p")


def _resampled(plane: Image.Image, window: Box, size: Size, how: Image.Resampling) -> Image.Image:
    width, height = plane.size
    box = (
        max(0.0, window.left * width),
        max(0.0, window.top * height),
        min(float(width), window.right * width),
        min(float(height), window.bottom * height),
    )
    return plane.resize(size, how, box)
