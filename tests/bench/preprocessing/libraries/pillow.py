"""Pillow, or pillow-simd in its place, with and without scaled decoding."""

from __future__ import annotations

import io

import numpy as np
from PIL import Image

from tests.bench.preprocessing.libraries.layout import (
    Decoder,
    Outputs,
    central_square,
    letterbox_size,
    on_canvas,
    planar,
    upright,
)
from tests.bench.preprocessing.tasks import Task

_ORIENTATION = 0x0112


def decoder(task: Task) -> Decoder:
    """Return a decoder that has libjpeg shrink the photo (Pillow calls this draft mode)."""

    def decode(data: bytes, shrink: int) -> Outputs:
        image = Image.open(io.BytesIO(data))
        image.draft(image.mode, (image.width // shrink, image.height // shrink))
        return _outputs(image, task)

    return decode


def plain(task: Task) -> Decoder:
    """Return a decoder that decodes every pixel."""

    def decode(data: bytes, _shrink: int) -> Outputs:
        return _outputs(Image.open(io.BytesIO(data)), task)

    return decode


def _outputs(image: Image.Image, task: Task) -> Outputs:
    orientation = image.getexif().get(_ORIENTATION, 1)
    picture = image.convert("RGB")
    box = central_square(*picture.size)
    crop = picture.resize((task.crop, task.crop), Image.Resampling.BILINEAR, box=box)
    made = [planar(upright(np.asarray(crop), orientation))]
    if task.letterbox:
        size = letterbox_size(*picture.size, task.letterbox)
        whole = picture.resize(size, Image.Resampling.BILINEAR)
        made.append(on_canvas(upright(np.asarray(whole), orientation), task.letterbox))
    return made
