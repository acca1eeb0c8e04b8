"""libvips: its thumbnail for one output, its shrink on load for two."""

from __future__ import annotations

import numpy as np
import pyvips

from tests.bench.preprocessing.libraries.layout import Decoder, Outputs, Pixels, on_canvas, planar
from tests.bench.preprocessing.tasks import Task


def decoder(task: Task) -> Decoder:
    """Return a decoder that lets libvips choose its way; it turns photos upright itself."""
    return _two_outputs(task) if task.letterbox else _one_output(task)


def _one_output(task: Task) -> Decoder:
    def decode(data: bytes, _shrink: int) -> Outputs:
        image = pyvips.Image.thumbnail_buffer(data, task.crop, height=task.crop, crop="centre")
        return [planar(_pixels(image))]

    return decode


def _two_outputs(task: Task) -> Decoder:
    def decode(data: bytes, shrink: int) -> Outputs:
        loaded = pyvips.Image.new_from_buffer(data, "", shrink=shrink)
        image = loaded.autorot().copy_memory()
        crop = image.thumbnail_image(task.crop, height=task.crop, crop="centre")
        whole = image.thumbnail_image(task.letterbox, height=task.letterbox)
        return [planar(_pixels(crop)), on_canvas(_pixels(whole), task.letterbox)]

    return decode


def _pixels(image: pyvips.Image) -> Pixels:
    """Return RGB pixels; grey photos come with one channel."""
    pixels = np.atleast_3d(image.numpy())
    return pixels if pixels.shape[2] == 3 else np.repeat(pixels[..., :1], 3, axis=2)
