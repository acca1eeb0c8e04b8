"""One decode, many tensors: the entry point of preprocessing."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from inference_core.preprocess.decode import decode
from inference_core.preprocess.photo import Photo
from inference_core.preprocess.spec import Geometry, OutputSpec, Tensor

Buffers = Callable[[OutputSpec, tuple[int, int, int]], Tensor]
"""Gives the caller's memory for one output, of exactly the shape asked for, any strides.

The shape is known only once the header is read (a tight letterbox follows the photo), so the caller
hands in a source of buffers, for instance slots of a batch in shared memory.
"""


@dataclass(frozen=True, slots=True)
class Decoded:
    """A photo, decoded once.

    Attributes:
        raster: What is behind the outputs, for crops that only they could lead to.
        tensors: One filled buffer for each spec, in order.
        geometries: Where the pixels of each tensor lie in the upright full-size photo.
    """

    raster: Photo
    tensors: tuple[Tensor, ...]
    geometries: tuple[Geometry, ...]


def new_buffer(_spec: OutputSpec, shape: tuple[int, int, int]) -> Tensor:
    """Return memory of its own: the source of buffers for callers without memory of their own."""
    return np.empty(shape, np.uint8)


def preprocess(
    data: bytes, specs: Sequence[OutputSpec], buffers: Buffers = new_buffer, threads: int = 1
) -> Decoded:
    """Decode a picture once and fill one tensor for each spec.

    A truncated JPEG gives what there is of it, and its `raster` says so.

    Args:
        data: The whole file.
        specs: The outputs.
        buffers: Where they go.
        threads: See `decode.decode`.

    Raises:
        UnreadableImage: See `decode.decode`.
    """
    return pack(decode(data, specs, threads=threads), specs, buffers)


def pack(photo: Photo, specs: Sequence[OutputSpec], buffers: Buffers = new_buffer) -> Decoded:
    """Fill one tensor for each spec from a decoded photo."""
    filled = [_fill(photo, spec, buffers) for spec in specs]
    tensors, geometries = zip(*filled, strict=True) if filled else ((), ())
    return Decoded(photo, tuple(tensors), tuple(geometries))


def _fill(photo: Photo, spec: OutputSpec, buffers: Buffers) -> tuple[Tensor, Geometry]:
    where = spec.place(photo.upright_size)
    tensor = buffers(spec, (1 if spec.grey else 3, where.canvas[1], where.canvas[0]))
    left, top, right, bottom = where.target
    if (right - left, bottom - top) != where.canvas:
        tensor[:] = where.pad
    photo.resize_into(where.source, tensor[:, top:bottom, left:right])
    return tensor, Geometry.of(where, photo.upright_size)
