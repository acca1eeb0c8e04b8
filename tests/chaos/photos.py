"""A camera roll that grows: small JPEGs, the same for the same seed, taken minutes apart."""

from __future__ import annotations

import io
import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image

_FIRST: Final = datetime(2024, 5, 3, 10)
_LARGE_EVERY: Final = 25
_IN_PARTS_EVERY: Final = 100
_IN_PARTS: Final = 9 << 20
"""Bytes that are added."""
_LOCATED_EVERY: Final = 5
_PORTRAIT_EVERY: Final = 2


class CameraRoll:
    """Puts photos into a folder, each whole from the moment that it is there.

    Args:
        folder: Made for them.
        seed: Of what they show.
        portraits: Files of which every other photo shows one; without any, all show noise.
    """

    def __init__(self, folder: Path, seed: int, portraits: Sequence[Path] = ()) -> None:
        self.folder = folder
        self.taken = 0
        self._seed = seed
        self._portraits = portraits
        folder.mkdir()

    def take(self, count: int) -> None:
        """Take so many photos more."""
        for _ in range(count):
            path = self.folder / f"IMG_{self.taken:05}.jpg"
            unseen = path.with_name(f".{path.name}")
            unseen.write_bytes(photo(self._seed, self.taken, self._portraits))
            # A sync waits until a file that was just written to is quiet: it would wait more than upload.
            os.utime(unseen, (taken_at(self.taken).timestamp(),) * 2)
            unseen.rename(path)
            self.taken += 1


def taken_at(number: int) -> datetime:
    """Return when a numbered photo was taken."""
    return _FIRST + timedelta(minutes=number)


def photo(seed: int, number: int, portraits: Sequence[Path] = ()) -> bytes:
    """Return a numbered photo.

    One in 25 weighs some MiB, so that it travels in many chunks and is sealed in segments, one in 100 so many
    that S3 gets it in parts; one in 5 has coordinates, which are cut out before it is stored.
    """
    noise = np.random.default_rng((seed, number))
    exif = Image.Exif()
    exif.get_ifd(0x8769)[0x9003] = f"{taken_at(number):%Y:%m:%d %H:%M:%S}"
    if number % _LOCATED_EVERY == 2:
        exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 41.0, 29.0), 3: "W", 4: (9.0, 12.0, 57.0)})
    encoded = io.BytesIO()
    _picture(noise, number, portraits).save(encoded, "JPEG", quality=92, exif=exif)
    # Readers pass over what follows a picture.
    return encoded.getvalue() + (noise.bytes(_IN_PARTS) if number % _IN_PARTS_EVERY == 13 else b"")


def _picture(noise: np.random.Generator, number: int, portraits: Sequence[Path]) -> Image.Image:
    if portraits and number % _PORTRAIT_EVERY == 0:
        with Image.open(portraits[int(noise.integers(len(portraits)))]) as portrait:
            return portrait.convert("RGB")
    shape = (1100, 1400, 3) if number % _LARGE_EVERY == 7 else (96, 128, 3)
    return Image.fromarray(noise.integers(0, 256, shape, np.uint8))
