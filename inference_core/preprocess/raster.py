"""A photo that was decoded to RGB pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from inference_core.preprocess.colour import luma_into
from inference_core.preprocess.kernels import resize_into, warp_into
from inference_core.preprocess.spec import Affine, Box, Orientation, Pixels, Size, Tensor


@dataclass(frozen=True, slots=True)
class Raster:
    """Decoded pixels in stored order, perhaps at a fraction of the full size: a `Photo`.

    Attributes:
        pixels: uint8 [H, W, 3] RGB; H and W are the full sides divided by `shrink`, rounded up.
        orientation: What makes the pixels upright.
        full_size: Stored (width, height) of the full-size picture.
        shrink: 1, 2, 4 or 8: pixel (i, j) shows full-size pixels [i, i + 1) x [j, j + 1) times it.
        truncated: Whether the file ends before the photo does.
    """

    pixels: Pixels
    orientation: Orientation
    full_size: Size
    shrink: int = 1
    truncated: bool = False

    @property
    def upright_size(self) -> Size:
        """Full-size (width, height) as people see the picture."""
        return self.orientation.swap(self.full_size)

    def from_upright(self) -> Affine:
        """Return the map from upright full-size coordinates to those of `pixels`."""
        scale = np.diag([1 / self.shrink, 1 / self.shrink, 1.0])
        mapped: Affine = scale @ self.orientation.to_stored(self.upright_size)
        return mapped

    def resize_into(self, box: Box, out: Tensor) -> None:
        """See `Photo.resize_into`."""
        height, width = self.pixels.shape[:2]
        rgb = out if len(out) == 3 else np.empty((3, *out.shape[1:]), np.uint8)
        resize_into(self.pixels, mapped_box(self.from_upright(), box, (width, height)), self.orientation, rgb)
        if rgb is not out:
            luma_into(rgb, out)

    def warp_into(self, matrix: Affine, samples: int, out: Tensor) -> None:
        """See `Photo.warp_into`."""
        warp_into(self.pixels, self.from_upright() @ matrix, samples, out)


def mapped_box(matrix: Affine, box: Box, size: Size) -> Box:
    """Map a box through turns, flips and scales, kept inside (0, 0, *size) against rounding."""
    corners = np.array([[box[0], box[2]], [box[1], box[3]], [1.0, 1.0]])
    x, y, _ = matrix @ corners
    return (
        max(float(x.min()), 0.0),
        max(float(y.min()), 0.0),
        min(float(x.max()), float(size[0])),
        min(float(y.max()), float(size[1])),
    )
