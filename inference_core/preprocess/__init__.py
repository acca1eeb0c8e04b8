"""Encoded pictures in, uint8 tensors out: one decode serves every model."""

from inference_core.preprocess.decode import decode
from inference_core.preprocess.one_pass import Buffers, Decoded, Tensor, pack, preprocess
from inference_core.preprocess.raster import Raster
from inference_core.preprocess.spec import (
    CenterCrop,
    Crop,
    Geometry,
    Letterbox,
    Orientation,
    OutputSpec,
    Stretch,
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
    "Raster",
    "Stretch",
    "Tensor",
    "decode",
    "pack",
    "preprocess",
]
