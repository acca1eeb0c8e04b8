"""Photos as cameras make them, for the benchmarks: 12 megapixels, with grain, some turned."""

from __future__ import annotations

import io
from collections.abc import Iterator

import numpy as np
from PIL import Image

from inference_core.models.assets import open_asset

SIZE = (4000, 3000)
NAMES = ("group-1.jpg", "group-2.jpg", "group-4.jpg", "coffee.png", "rocket.jpg", "astronaut.png")


def camera_photos() -> list[bytes]:
    """Return JPEGs of 3-6 MB: real pictures enlarged, with grain so that they weigh what photos weigh.

    Raises:
        ModelError: The pictures cannot be fetched.
    """
    return list(_photos())


def _photos() -> Iterator[bytes]:
    dice = np.random.default_rng(7)
    for index, name in enumerate(NAMES):
        large = Image.open(open_asset(name)).convert("RGB").resize(SIZE, Image.Resampling.BICUBIC)
        grain = dice.normal(0, 5, (SIZE[1], SIZE[0], 1)).astype(np.float32)
        noisy = Image.fromarray((np.asarray(large) + grain).clip(0, 255).astype(np.uint8))
        exif = Image.Exif()
        if index % 2:
            noisy, exif[0x0112] = noisy.transpose(Image.Transpose.ROTATE_90), 6
        file = io.BytesIO()
        noisy.save(file, "JPEG", quality=90, exif=exif)
        yield file.getvalue()
