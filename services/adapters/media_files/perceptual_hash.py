"""A 64-bit fingerprint of what a picture looks like: near-duplicates differ in few bits."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

SIDE = 32
"""Pixels: the picture is hashed at 32 × 32."""
_LOW = 8
_LEAST_CONTRAST = 2.0
"""Standard deviation in grey levels, below which a picture has no structure to compare."""


def dct_hash(gray: NDArray[np.uint8]) -> int | None:
    """Return the hash of an upright picture; None for one without contrast.

    The signs of the 8 × 8 lowest frequencies of the discrete cosine transform, relative to their
    median, row by row, first bit highest (the "pHash" of Zauner, 2010).

    Args:
        gray: uint8[32, 32].
    """
    pixels = gray.astype(np.float64)
    if pixels.std() < _LEAST_CONTRAST:
        return None
    basis = _cosines()
    low = (basis @ pixels @ basis.T).ravel()
    bits = low > np.median(low[1:])  # the first is the mean brightness
    return int.from_bytes(np.packbits(bits).tobytes())


def upright(gray: NDArray[np.uint8], orientation: int) -> NDArray[np.uint8]:
    """Turn a square picture, uint8[n, n], as its EXIF orientation (1…8) asks."""
    if orientation >= 5:
        gray = gray.T
    if orientation in (2, 3, 6, 7):
        gray = gray[:, ::-1]
    if orientation in (3, 4, 7, 8):
        gray = gray[::-1]
    return gray


@lru_cache(maxsize=1)
def _cosines() -> NDArray[np.float64]:
    """The eight lowest DCT-II basis functions, float64[8, 32]."""
    positions = (2 * np.arange(SIDE) + 1) * np.pi / (2 * SIDE)
    return np.cos(np.arange(_LOW)[:, None] * positions)
