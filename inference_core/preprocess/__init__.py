"""Encoded pictures in, uint8 tensors out: one decode serves every model."""

from inference_core.preprocess.decode import decode
from inference_core.preprocess.one_pass import Buffers, Decoded, new_buffer, pack, preprocess
from inference_core.preprocess.photo import Photo
from inference_core.preprocess.raster import Raster
from inference_core.preprocess.spec import (
    CenterCrop,
    Crop,
    Geometry,
    Letterbox,
    Orientation,
    OutputSpec,
    Stretch,
    Tensor,
)

__all__ = [
    "Buffers",
    "CenterCrop",
    "Crop",
    "Decoded",
    "Geometry",
    "Letterbox",
    "Orientation",
    "OutputSpec",
    "Photo",
    "Raster",
    "Stretch",
    "Tensor",
    "decode",
    "new_buffer",
    "pack",
    "preprocess",
]
