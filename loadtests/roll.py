"""Camera rolls out of thin air: JPEGs that are all different, at the price of one."""

from __future__ import annotations

import io
import os
import random
from datetime import datetime, timedelta
from functools import cache
from itertools import count
from typing import Final

import numpy as np
from PIL import Image

_FIRST: Final = "2024:05:01 00:00:00"
_EXIF_IFD, _TAKEN, _GPS_IFD = 0x8769, 0x9003, 0x8825
_SIZES: Final = ((1280, 960), (1600, 1200), (2048, 1536))


@cache
def _picture(size: tuple[int, int]) -> bytes:
    """Return a JPEG of smooth colours with a little noise, some hundred kilobytes."""
    width, height = size
    noise = np.random.default_rng(width)
    coarse = Image.fromarray(noise.integers(0, 256, (9, 12, 3), np.uint8)).resize(
        size, Image.Resampling.BICUBIC
    )
    pixels = np.asarray(coarse).astype(np.int16) + noise.integers(-12, 13, (height, width, 1), np.int16)
    exif = Image.Exif()
    exif.get_ifd(_EXIF_IFD)[_TAKEN] = _FIRST
    exif.get_ifd(_GPS_IFD).update({1: "N", 2: (38.0, 43.0, 20.0), 3: "W", 4: (9.0, 8.0, 20.0)})
    out = io.BytesIO()
    Image.fromarray(np.clip(pixels, 0, 255).astype(np.uint8)).save(out, "JPEG", quality=88, exif=exif)
    return out.getvalue()


class Roll:
    """The photos of one phone: bursts of some minutes, hours apart.

    Args:
        seed: Makes the same roll again, but for the bytes that make each photo another one.
    """

    def __init__(self, seed: int | None = None) -> None:
        self._chance = random.Random(seed)  # noqa: S311 - no secret
        self._now = datetime(2024, 5, 1, 8)
        self._numbers = count(1)

    def burst(self, photos: int) -> list[bytes]:
        """Return photos that were taken within minutes."""
        self._now += timedelta(hours=self._chance.uniform(2, 30))
        return [self._taken() for _ in range(photos)]

    def path(self) -> str:
        """Return the next file name, as cameras count."""
        return f"DCIM/IMG_{next(self._numbers):05}.jpg"

    def _taken(self) -> bytes:
        self._now += timedelta(seconds=self._chance.expovariate(1 / 20) + 1)
        photo = _picture(self._chance.choice(_SIZES))
        dated = photo.replace(_FIRST.encode(), self._now.strftime("%Y:%m:%d %H:%M:%S").encode())
        comment = os.urandom(32)  # what makes it a photo of its own
        segment = b"\xff\xfe" + (len(comment) + 2).to_bytes(2, "big") + comment
        return dated[:2] + segment + dated[2:]
