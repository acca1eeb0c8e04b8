"""A photo that was decoded to planes of luma and chroma."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from PIL.ImageCms import ImageCmsTransform

from inference_core.preprocess.colour import luma_into, tensor_to_srgb
from inference_core.preprocess.raster import mapped_box
from inference_core.preprocess.spec import Affine, Box, Orientation, Pixels, Size, Tensor

if TYPE_CHECKING:
    from inference_core.preprocess.jpeg._planes import Planes


@dataclass(frozen=True, slots=True)
class PlanarPhoto:
    """Planes of luma and chroma, each at a scale of its own: a `Photo`.

    Attributes:
        planes: The samples; perhaps only of a part of the photo.
        orientation: What makes the photo upright.
        full_size: Stored (width, height) of the full-size picture.
        shrink: Full-size pixels along the side of a luma sample.
        truncated: Whether the file ends before the photo does.
        to_srgb: What outputs have to go through, for photos in another colour space.
    """

    planes: Planes
    orientation: Orientation
    full_size: Size
    shrink: int
    truncated: bool
    to_srgb: ImageCmsTransform | None

    @property
    def upright_size(self) -> Size:
        """Full-size (width, height) as people see the photo."""
        return self.orientation.swap(self.full_size)

    @property
    def pixels(self) -> Pixels:
        """RGB in sRGB, made anew each time: see `Photo.pixels`."""
        width, height = (-(-side // self.shrink) for side in self.full_size)
        out = np.empty((3, height, width), np.uint8)
        self.planes.resize_into((0, 0, width * self.shrink, height * self.shrink), out, Orientation.NORMAL)
        return np.ascontiguousarray(self._in_srgb(out).transpose(1, 2, 0))

    def resize_into(self, box: Box, out: Tensor) -> None:
        """See `Photo.resize_into`."""
        to_stored = self.orientation.to_stored(self.upright_size)
        # Luma alone means nothing in another colour space.
        direct = len(out) == 3 or self.to_srgb is None
        target = out if direct else np.empty((3, *out.shape[1:]), np.uint8)
        self.planes.resize_into(mapped_box(to_stored, box, self.full_size), target, self.orientation)
        if len(target) == 3:
            self._in_srgb(target)
        if target is not out:
            luma_into(target, out)

    def warp_into(self, matrix: Affine, samples: int, out: Tensor) -> None:
        """See `Photo.warp_into`."""
        to_stored = self.orientation.to_stored(self.upright_size)
        self.planes.warp_into(np.ascontiguousarray(to_stored @ matrix), samples, out)
        self._in_srgb(out)

    def _in_srgb(self, out: Tensor) -> Tensor:
        if self.to_srgb is not None:
            tensor_to_srgb(out, self.to_srgb)
        return out
