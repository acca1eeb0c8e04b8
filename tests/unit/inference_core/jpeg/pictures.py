"""Random pictures that look like something to a JPEG encoder."""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
from PIL import Image


def photo(width: int, height: int, seed: int, grain: float = 8.0) -> npt.NDArray[np.uint8]:
    """Soft shapes with grain, uint8 [height, width, 3]."""
    rng = np.random.default_rng(seed)
    shapes = rng.integers(0, 256, (height // 24 + 2, width // 24 + 2, 3), dtype=np.uint8)
    soft = Image.fromarray(shapes).resize((width, height), Image.Resampling.BICUBIC)
    return np.clip(np.asarray(soft) + rng.normal(0, grain, (height, width, 1)), 0, 255).astype(np.uint8)


def encoded(pixels: npt.NDArray[np.uint8], **options: object) -> bytes:
    """JPEG by Pillow."""
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "JPEG", **options)
    return file.getvalue()


def psnr(a: npt.NDArray[np.uint8], b: npt.NDArray[np.uint8]) -> float:
    """Peak signal-to-noise ratio in dB."""
    error = np.mean((a.astype(float) - b) ** 2)
    return float("inf") if error == 0 else float(10 * np.log10(255**2 / error))
