"""What an output tensor shows of a photo, and how its pixels map back onto the photo.

Coordinates are continuous: pixel (column i, row j) covers [i, i + 1) x [j, j + 1). "Upright" is the
photo as people see it, "stored" the pixel order of the file; EXIF orientation lies between them.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Protocol

import numpy as np
import numpy.typing as npt

Size = tuple[int, int]
"""(width, height) in pixels."""

Box = tuple[float, float, float, float]
"""(left, top, right, bottom)."""

Pixels = npt.NDArray[np.uint8]
"""uint8 [height, width, 3], RGB in sRGB."""

Tensor = npt.NDArray[np.uint8]
"""uint8 [3, height, width], RGB; [1, height, width] where luma is asked for."""

Affine = npt.NDArray[np.float64]
"""A 3 x 3 homogeneous matrix over (x, y, 1)."""


class Orientation(IntEnum):
    """EXIF orientation: what must be done to the stored picture to make it upright."""

    NORMAL = 1
    MIRROR = 2
    ROTATE_180 = 3
    FLIP = 4
    TRANSPOSE = 5
    ROTATE_90_CW = 6
    TRANSVERSE = 7
    ROTATE_90_CCW = 8

    @classmethod
    def of(cls, value: object) -> Orientation:
        """Return the orientation of an EXIF tag; anything outside 1..8 means NORMAL."""
        return cls(value) if isinstance(value, int) and 1 <= value <= 8 else cls.NORMAL

    @property
    def transposed(self) -> bool:
        """Whether width and height trade places."""
        return self >= Orientation.TRANSPOSE

    @property
    def flips_x(self) -> bool:
        """Whether columns are reversed, after transposing."""
        return self in (2, 3, 6, 7)

    @property
    def flips_y(self) -> bool:
        """Whether rows are reversed, after transposing."""
        return self in (3, 4, 7, 8)

    def swap(self, size: Size) -> Size:
        """Turn a stored size into the upright one, or the other way round."""
        return (size[1], size[0]) if self.transposed else size

    def to_stored(self, upright: Size) -> Affine:
        """Return the map from upright to stored coordinates of a picture of that upright size."""
        flip = np.eye(3)
        if self.flips_x:
            flip[0] = (-1.0, 0.0, upright[0])
        if self.flips_y:
            flip[1] = (0.0, -1.0, upright[1])
        return flip[[1, 0, 2]] if self.transposed else flip


@dataclass(frozen=True, slots=True)
class Placement:
    """The `source` box of the upright photo fills the `target` pixels of the canvas."""

    source: Box
    target: tuple[int, int, int, int]
    canvas: Size
    pad: int = 0


class Fit(Protocol):
    """A rule that lays an upright photo onto a canvas."""

    def place(self, photo: Size, canvas: Size) -> Placement:
        """Return which part of the photo fills which pixels of the canvas."""
        ...


@dataclass(frozen=True, slots=True)
class CenterCrop:
    """The largest central box of the canvas' proportions, narrowed to `fraction` of itself."""

    fraction: float = 1.0

    def place(self, photo: Size, canvas: Size) -> Placement:
        """See `Fit.place`."""
        side = min(photo[0] / canvas[0], photo[1] / canvas[1]) * self.fraction
        return Placement(_central(photo, side * canvas[0], side * canvas[1]), _whole(canvas), canvas)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The central `fraction` of each side, stretched to the canvas."""

    fraction: float = 1.0

    def place(self, photo: Size, canvas: Size) -> Placement:
        """See `Fit.place`."""
        source = _central(photo, photo[0] * self.fraction, photo[1] * self.fraction)
        return Placement(source, _whole(canvas), canvas)


@dataclass(frozen=True, slots=True)
class Crop:
    """A box of the upright full-size photo, stretched to the canvas; clipped to the photo."""

    box: Box

    def place(self, photo: Size, canvas: Size) -> Placement:
        """See `Fit.place`.

        Raises:
            ValueError: The box does not touch the photo.
        """
        left, top = max(self.box[0], 0.0), max(self.box[1], 0.0)
        right, bottom = min(self.box[2], photo[0]), min(self.box[3], photo[1])
        if right <= left or bottom <= top:
            raise ValueError(f"the crop {self.box} lies outside a photo of {photo}")
        return Placement((left, top, right, bottom), _whole(canvas), canvas)


@dataclass(frozen=True, slots=True)
class Letterbox:
    """The whole photo, proportions kept, centred on a canvas filled with `pad`.

    With `multiple` > 0 the canvas shrinks to the photo first, each side to the next multiple: a
    detector then spends no time on padding.
    """

    pad: int = 0
    multiple: int = 0

    def place(self, photo: Size, canvas: Size) -> Placement:
        """See `Fit.place`."""
        scale = min(canvas[0] / photo[0], canvas[1] / photo[1])
        width = min(max(round(photo[0] * scale), 1), canvas[0])
        height = min(max(round(photo[1] * scale), 1), canvas[1])
        if self.multiple:
            step = self.multiple
            canvas = (-(-width // step) * step, -(-height // step) * step)
        left, top = (canvas[0] - width) // 2, (canvas[1] - height) // 2
        source = (0.0, 0.0, float(photo[0]), float(photo[1]))
        return Placement(source, (left, top, left + width, top + height), canvas, self.pad)


@dataclass(frozen=True, slots=True)
class OutputSpec:
    """One wanted tensor, filled after the rule `fit`: uint8 [3, height, width] RGB, or one channel of luma.

    Attributes:
        width: Of the canvas, pixels.
        height: Of the canvas, pixels.
        fit: Lays the photo onto it.
        grey: Whether luma (Rec. 601) is enough: chroma is then neither resized nor converted.
        chroma: Chroma samples for each pixel along a side that are enough, where a decoder can choose: eyes
            and JPEG itself ask no more than one, some models less.
    """

    width: int
    height: int
    fit: Fit
    grey: bool = False
    chroma: float = 1.0

    def place(self, photo: Size) -> Placement:
        """Lay an upright photo of that size onto this output."""
        return self.fit.place(photo, (self.width, self.height))

    def density(self, photo: Size) -> float:
        """Return output pixels per upright full-size pixel, along the more demanding side."""
        where = self.place(photo)
        left, top, right, bottom = where.source
        x0, y0, x1, y1 = where.target
        return max((x1 - x0) / (right - left), (y1 - y0) / (bottom - top))


@dataclass(frozen=True, slots=True)
class Geometry:
    """The map between the pixels of one output and the upright full-size photo.

    photo = output * scale + offset, for x and y each.
    """

    scale: tuple[float, float]
    offset: tuple[float, float]
    photo: Size

    @classmethod
    def of(cls, placement: Placement, photo: Size) -> Geometry:
        """Return the map that a placement stands for."""
        left, top, right, bottom = placement.source
        x0, y0, x1, y1 = placement.target
        scale = ((right - left) / (x1 - x0), (bottom - top) / (y1 - y0))
        return cls(scale, (left - x0 * scale[0], top - y0 * scale[1]), photo)

    def to_photo(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map output points [..., 2] to upright full-size pixels."""
        return np.asarray(points, np.float64) * self.scale + self.offset

    def to_output(self, points: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """Map upright full-size points [..., 2] to output pixels."""
        return (np.asarray(points, np.float64) - self.offset) / self.scale


def _central(photo: Size, width: float, height: float) -> Box:
    left, top = (photo[0] - width) / 2, (photo[1] - height) / 2
    return (left, top, left + width, top + height)


def _whole(canvas: Size) -> tuple[int, int, int, int]:
    return (0, 0, canvas[0], canvas[1])
