"""The steps that libraries leave to their callers: orientation, crop, letterbox, channel order."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from tests.bench.preprocessing.tasks import Task

Pixels = npt.NDArray[np.uint8]
"""uint8 [height, width, 3], RGB."""

Outputs = list[Pixels]
"""uint8 [3, height, width] for each output of a task, RGB, contiguous, upright."""

Decoder = Callable[[bytes, int], Outputs]
"""Takes a file and how far it may be shrunk while it is decoded."""

Resize = Callable[[Pixels, tuple[float, float, float, float], tuple[int, int]], Pixels]
"""Resizes a (left, top, right, bottom) box of a picture to (width, height)."""

Box = tuple[float, float, float, float]


def central_square(width: int, height: int) -> Box:
    """Return the largest central square."""
    side = min(width, height)
    left, top = (width - side) / 2, (height - side) / 2
    return left, top, left + side, top + side


def letterbox_size(width: int, height: int, canvas: int) -> tuple[int, int]:
    """Return the size that a picture takes on a square canvas."""
    scale = canvas / max(width, height)
    return max(round(width * scale), 1), max(round(height * scale), 1)


def outputs(picture: Pixels, orientation: int, task: Task, resize: Resize) -> Outputs:
    """Make the outputs of a task from one decoded picture, turning them upright when they are small."""
    height, width = picture.shape[:2]
    small = resize(picture, central_square(width, height), (task.crop, task.crop))
    made = [planar(upright(small, orientation))]
    if task.letterbox:
        size = letterbox_size(width, height, task.letterbox)
        whole = resize(picture, (0.0, 0.0, float(width), float(height)), size)
        made.append(on_canvas(upright(whole, orientation), task.letterbox))
    return made


def upright(picture: Pixels, orientation: int) -> Pixels:
    """Apply an EXIF orientation."""
    if orientation in {5, 6, 7, 8}:
        picture = picture.transpose(1, 0, 2)
    if orientation in {2, 3, 6, 7}:
        picture = picture[:, ::-1]
    if orientation in {3, 4, 7, 8}:
        picture = picture[::-1]
    return picture


def on_canvas(picture: Pixels, side: int) -> Pixels:
    """Return a picture in the middle of a black square canvas, channels first."""
    canvas = np.zeros((3, side, side), np.uint8)
    height, width = picture.shape[:2]
    left, top = (side - width) // 2, (side - height) // 2
    canvas[:, top : top + height, left : left + width] = picture.transpose(2, 0, 1)
    return canvas


def planar(picture: Pixels) -> Pixels:
    """Return a picture with its channels first."""
    return np.ascontiguousarray(picture.transpose(2, 0, 1))
