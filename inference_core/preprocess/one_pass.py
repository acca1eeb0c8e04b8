"""One decode, many tensors: the entry point of preprocessing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference_core.preprocess.decode import decode
from inference_core.preprocess.kernels import resize_into
from inference_core.preprocess.raster import Raster
from inference_core.preprocess.spec import Box, Geometry, OutputSpec

Tensor = npt.NDArray[np.uint8]
"""uint8 [3, height, width], RGB."""

Buffers = Callable[[OutputSpec, tuple[int, int, int]], Tensor]
"""Gives the caller's memory for one output, of exactly the shape asked for, any strides.

The shape is known only once the header is read (a tight letterbox follows the photo), so the caller
hands in a source of buffers, for instance slots of a batch in shared memory.
"""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photo, decoded once.

    Attributes:
        raster: The pixels behind the outputs, for crops that only they could lead to.
        tensors: One filled buffer for each spec, in order.
        geometries: Where the pixels of each tensor lie in the upright full-size photo.
    """

    raster: Raster
    tensors: tuple[Tensor, ...]
    geometries: tuple[Geometry, ...]


def new_buffer(_spec: OutputSpec, shape: tuple[int, int, int]) -> Tensor:
    """Return fresh memory: the source of buffers for callers without memory of their own."""
    return np.empty(shape, np.uint8)


def preprocess(data: bytes, specs: Sequence[OutputSpec], buffers: Buffers = new_buffer) -> Decoded:
    """Decode a picture once and fill one tensor for each spec.

    Raises:
        UnreadableImage: See `decode.decode`.
    """
    return pack(decode(data, specs), specs, buffers)


def pack(raster: Raster, specs: Sequence[OutputSpec], buffers: Buffers = new_buffer) -> Decoded:
    """Fill one tensor for each spec from a raster."""
    filled = [_fill(raster, spec, buffers) for spec in specs]
    tensors, geometries = zip(*filled, strict=True) if filled else ((), ())
    return Decoded(raster, tuple(tensors), tuple(geometries))


def _fill(raster: Raster, spec: OutputSpec, buffers: Buffers) -> tuple[Tensor, Geometry]:
    where = spec.place(raster.upright_size)
    tensor = buffers(spec, (3, where.canvas[1], where.canvas[0]))
    left, top, right, bottom = where.target
    if (right - left, bottom - top) != where.canvas:
        tensor[:] = where.pad
    target = tensor[:, top:bottom, left:right]
    resize_into(raster.pixels, _stored_box(raster, where.source), raster.orientation, target)
    return tensor, Geometry.of(where, raster.upright_size)


def _stored_box(raster: Raster, box: Box) -> Box:
    """Map an upright full-size box to the raster, kept inside of it against rounding."""
    corners = np.array([[box[0], box[2]], [box[1], box[3]], [1.0, 1.0]])
    x, y, _ = raster.from_upright() @ corners
    height, width = raster.pixels.shape[:2]
    return (
        max(float(x.min()), 0.0),
        max(float(y.min()), 0.0),
        min(float(x.max()), float(width)),
        min(float(y.max()), float(height)),
    )
