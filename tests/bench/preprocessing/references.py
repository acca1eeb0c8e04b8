"""Exact pictures to hold outputs against: all pixels decoded, resized in float64 without rounding.

There is no one right way to make a photo small, so there are three references, each by another filter
(triangle, Lanczos of three lobes, exact areas), and an output is held against the one it is closest to.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps

from inference_core.preprocess import OutputSpec
from tests.bench.preprocessing.libraries.storyroll import specs
from tests.bench.preprocessing.tasks import Task

Exact = npt.NDArray[np.float64]
Filter = Callable[[Exact], Exact]
"""Weights at distances from the centre of an output pixel, in output pixels."""


def _triangle(distance: Exact) -> Exact:
    weight: Exact = np.clip(1 - np.abs(distance), 0, None)
    return weight


def _lanczos(distance: Exact) -> Exact:
    return np.where(np.abs(distance) < 3, np.sinc(distance) * np.sinc(distance / 3), 0.0)


FILTERS: dict[str, Filter] = {"triangle": _triangle, "lanczos": _lanczos}


def references(photo: Path, task: Task, folder: Path) -> list[dict[str, Exact]]:
    """Return for each output of a task its exact picture by each filter: float [3, height, width].

    Args:
        photo: A JPEG.
        task: What is made of it.
        folder: Where references are kept, for they take seconds.
    """
    digest = hashlib.sha256(photo.read_bytes()).hexdigest()[:16]
    file = folder / "references-1" / f"{digest}-{task.crop}-{task.letterbox}.npz"
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        np.savez(file, **_computed(photo, task))
    with np.load(file) as kept:
        outputs = range(len(specs(task)))
        return [{key.split()[1]: kept[key] for key in kept if key.startswith(f"{n} ")} for n in outputs]


def psnr(output: npt.NDArray[np.uint8], exact: Exact) -> float:
    """Return the peak signal-to-noise ratio in decibels, within the picture where there is padding.

    The padding is left out, or a letterbox would be the better the less it shows.
    """
    top, left = ((output.shape[axis] - exact.shape[axis]) // 2 for axis in (1, 2))
    shown = output[:, top : top + exact.shape[1], left : left + exact.shape[2]]
    error = float(np.mean((shown.astype(np.float64) - exact) ** 2))
    return 10 * math.log10(255**2 / max(error, 1e-9))


def _computed(photo: Path, task: Task) -> dict[str, Any]:
    """Return float32 [3, height, width] by the names of the file's arrays."""
    with Image.open(photo) as image:
        pixels = np.asarray(ImageOps.exif_transpose(image.convert("RGB")))
    resized = {}
    for number, spec in enumerate(specs(task)):
        for name in (*FILTERS, "area"):
            resized[f"{number} {name}"] = _resized(pixels, spec, name).astype(np.float32)
    return resized


def _resized(pixels: npt.NDArray[np.uint8], spec: OutputSpec, name: str) -> Exact:
    height, width = pixels.shape[:2]
    where = spec.place((width, height))
    x0, y0, x1, y1 = where.target
    left, top, right, bottom = where.source
    across = weights(width, (left, right), x1 - x0, name)
    down = weights(height, (top, bottom), y1 - y0, name)
    planes = [down @ pixels[..., channel].astype(np.float64) @ across.T for channel in range(3)]
    return np.clip(np.stack(planes), 0, 255)


def weights(length: int, span: tuple[float, float], count: int, name: str) -> Exact:
    """Return the matrix [count, length] that resizes a span of a line of pixels, seeing those beside it."""
    scale = (span[1] - span[0]) / count
    if name == "area":
        edges = span[0] + scale * np.arange(count + 1)
        pixel = np.arange(length)
        ends = np.minimum(edges[1:, None], pixel + 1) - np.maximum(edges[:-1, None], pixel)
        matrix = np.clip(ends, 0, None)
    else:
        support = max(scale, 1.0)
        centres = span[0] + scale * (np.arange(count) + 0.5)
        matrix = FILTERS[name]((np.arange(length) + 0.5 - centres[:, None]) / support)
    normalised: Exact = matrix / matrix.sum(axis=1, keepdims=True)
    return normalised
