"""OpenCV with its reduced decoding; it turns photos upright itself."""

from __future__ import annotations

import cv2
import numpy as np

from tests.bench.preprocessing.libraries.layout import Box, Decoder, Outputs, Pixels, outputs
from tests.bench.preprocessing.tasks import Task

_FLAGS = {
    1: cv2.IMREAD_COLOR,
    2: cv2.IMREAD_REDUCED_COLOR_2,
    4: cv2.IMREAD_REDUCED_COLOR_4,
    8: cv2.IMREAD_REDUCED_COLOR_8,
}


def decoder(task: Task) -> Decoder:
    """Return a decoder that reads at a fraction of the size and swaps the channels when they are few."""
    cv2.setNumThreads(0)

    def resize_bgr(picture: Pixels, box: Box, size: tuple[int, int]) -> Pixels:
        return resize(picture, box, size)[..., ::-1]

    def decode(data: bytes, shrink: int) -> Outputs:
        picture = cv2.imdecode(np.frombuffer(data, np.uint8), _FLAGS[shrink])
        return outputs(picture, 1, task, resize_bgr)

    return decode


def resize(picture: Pixels, box: Box, size: tuple[int, int]) -> Pixels:
    """Resize by areas; OpenCV crops at whole pixels only."""
    left, top, right, bottom = (int(side) for side in box)
    resized: Pixels = cv2.resize(picture[top:bottom, left:right], size, interpolation=cv2.INTER_AREA)
    return resized
