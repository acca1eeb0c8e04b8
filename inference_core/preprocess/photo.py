"""What every decoded photo offers, whatever form its pixels have."""

from __future__ import annotations

from typing import Protocol

from inference_core.preprocess.spec import Affine, Box, Orientation, Pixels, Size, Tensor


class Photo(Protocol):
    """A decoded photo, perhaps at a fraction of the full size, perhaps only a part of it."""

    @property
    def orientation(self) -> Orientation:
        """What makes the stored pixels upright."""
        ...

    @property
    def full_size(self) -> Size:
        """Stored (width, height) at full size."""
        ...

    @property
    def upright_size(self) -> Size:
        """Full-size (width, height) as people see the photo."""
        ...

    @property
    def shrink(self) -> int:
        """1, 2, 4 or 8: how many full-size pixels along a side one decoded pixel stands for."""
        ...

    @property
    def truncated(self) -> bool:
        """Whether the file ends before the photo does; what is missing is grey."""
        ...

    @property
    def pixels(self) -> Pixels:
        """RGB in sRGB, stored order; the sides are the full ones divided by `shrink`, rounded up."""
        ...

    def resize_into(self, box: Box, out: Tensor) -> None:
        """Fill `out` with a box of the upright full-size photo, antialiased.

        Args:
            box: Inside the photo.
            out: uint8 [3, h, w], or [1, h, w] for luma, any strides, filled completely.
        """
        ...

    def warp_into(self, matrix: Affine, samples: int, out: Tensor) -> None:
        """Fill `out` through an affine map with bilinear sampling; outside the photo is black.

        Args:
            matrix: From continuous coordinates of `out` to those of the upright full-size photo.
            samples: Each pixel is the mean of `samples` x `samples` points.
            out: uint8 [3, h, w], any strides, filled completely.
        """
        ...
