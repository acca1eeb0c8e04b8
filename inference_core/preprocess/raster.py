"""A decoded picture, before it is turned upright or resized."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference_core.preprocess.spec import Affine, Orientation, Size

Pixels = npt.NDArray[np.uint8]
"""uint8 [height, width, 3], RGB in sRGB."""


@dataclass(frozen=True, slots=True)
class Raster:
    """Decoded pixels in stored order, perhaps at a fraction of the full size.

    Attributes:
        pixels: uint8 [H, W, 3] RGB; H and W are the full sides divided by `shrink`, rounded up.
        orientation: What makes the pixels upright.
        full_size: Stored (width, height) of the full-size picture.
        shrink: 1, 2, 4 or 8: pixel (i, j) shows full-size pixels [i, i + 1) x [j, j + 1) times it.
    """

    pixels: Pixels
    orientation: Orientation
    full_size: Size
    shrink: int = 1

    @property
    def upright_size(self) -> Size:
        """Full-size (width, height) as people see the picture."""
        return self.orientation.swap(self.full_size)

    def from_upright(self) -> Affine:
        """Return the map from upright full-size coordinates to those of `pixels`."""
        scale = np.diag([1 / self.shrink, 1 / self.shrink, 1.0])
        mapped: Affine = scale @ self.orientation.to_stored(self.upright_size)
        return mapped
