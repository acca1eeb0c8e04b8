"""The specification of the kernels, in Pillow and NumPy; `_kernels.pyx` is its compiled twin.

Those that make pictures take and fill arrays of the caller, and differ by at most one level: Pillow rounds
to uint8 between its two passes, the compiled resize once at the end.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import Image

from inference_core.preprocess.spec import Affine, Box, Orientation, Pixels


def resize_into(pixels: Pixels, box: Box, orientation: int, out: npt.NDArray[np.uint8]) -> None:
    """Resize `box` of `pixels` with an antialiased triangle filter and write it upright.

    Args:
        pixels: uint8 [H, W, 3], stored order.
        box: The part to show, in (fractional) coordinates of `pixels`, inside of them.
        orientation: EXIF orientation, 1..8.
        out: uint8 [3, h, w], any strides, filled completely.
    """
    turn = Orientation(orientation)
    image = Image.fromarray(pixels)
    small = image.resize(turn.swap((out.shape[2], out.shape[1])), Image.Resampling.BILINEAR, box)
    upright = np.asarray(small)
    if turn.transposed:
        upright = upright.swapaxes(0, 1)
    step_y, step_x = -1 if turn.flips_y else 1, -1 if turn.flips_x else 1
    out[:] = upright[::step_y, ::step_x].transpose(2, 0, 1)


def warp_into(pixels: Pixels, matrix: Affine, samples: int, out: npt.NDArray[np.uint8]) -> None:
    """Fill `out` through an affine map with bilinear sampling; outside the picture is black.

    Args:
        pixels: uint8 [H, W, 3].
        matrix: 3 x 3 or 2 x 3, from continuous coordinates of `out` to those of `pixels`.
        samples: Each output pixel is the mean of `samples` x `samples` points: about as many as
            source pixels lie under it along a side, so that shrinking does not alias.
        out: uint8 [3, h, w], any strides, filled completely.
    """
    _, height, width = out.shape
    steps = (np.arange(max(height, width) * samples) + 0.5) / samples
    x, y = np.meshgrid(steps[: width * samples], steps[: height * samples])
    m = np.asarray(matrix, np.float64)
    source_x = m[0, 0] * x + m[0, 1] * y + m[0, 2] - 0.5
    source_y = m[1, 0] * x + m[1, 1] * y + m[1, 2] - 0.5
    points = _bilinear(pixels, source_x, source_y)
    means = points.reshape(height, samples, width, samples, 3).mean(axis=(1, 3))
    out[:] = np.floor(means + 0.5).clip(0, 255).astype(np.uint8).transpose(2, 0, 1)


def laplacian_variances(
    grey: npt.NDArray[np.uint8], rows: npt.NDArray[np.intc], columns: npt.NDArray[np.intc]
) -> npt.NDArray[np.float64]:
    """Return the variance of the four-neighbour Laplacian in each tile, [R, C].

    Args:
        grey: uint8 [H, W], at least 3 on a side and at most 2048 wide.
        rows: [R + 1]: tile i holds rows [i, i + 1) of these of the Laplacian, which is [H - 2, W - 2].
        columns: [C + 1]: the same across. No tile is empty.
    """
    levels = grey.astype(np.int64)
    neighbours = levels[:-2, 1:-1] + levels[2:, 1:-1] + levels[1:-1, :-2] + levels[1:-1, 2:]
    edges = neighbours - 4 * levels[1:-1, 1:-1]
    bands = [edges[top:bottom] for top, bottom in pairwise(rows)]
    return np.array([[band[:, left:right].var() for left, right in pairwise(columns)] for band in bands])


def histogram(grey: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
    """Return how many pixels of `grey`, uint8 [H, W], have each of the 256 levels."""
    return np.bincount(grey.ravel(), minlength=256)


def _bilinear(
    pixels: Pixels, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    left, top = np.floor(x), np.floor(y)
    right_part, bottom_part = x - left, y - top
    total = np.zeros((*x.shape, 3))
    for dy in (0, 1):
        for dx in (0, 1):
            weight = (right_part if dx else 1 - right_part) * (bottom_part if dy else 1 - bottom_part)
            total += weight[..., None] * _texel(pixels, left + dx, top + dy)
    return total


def _texel(pixels: Pixels, x: npt.NDArray[np.float64], y: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    height, width = pixels.shape[:2]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    columns = x.clip(0, width - 1).astype(np.intp)
    rows = y.clip(0, height - 1).astype(np.intp)
    return np.where(inside[..., None], pixels[rows, columns], 0).astype(np.float64)
