"""Photos as cameras make them, grown from pictures that come in packages.

A picture of one megapixel, enlarged, weighs a fraction of what a camera's photo weighs: it has no fine
detail and no noise, which are what entropy decoding spends its time on. So the picture's own finest
detail is laid over it again at the large size, stronger where the picture is busy, then grain is added
until the JPEG weighs what it should, and it is sharpened as cameras do.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter, ImageOps

Plane = npt.NDArray[np.float32]

QUALITY = 90
_ROUNDS = 6
_STRONGEST_GRAIN = 16.0
_ORIENTATION = 0x0112


@dataclass(frozen=True, slots=True)
class Scene:
    """An enlarged picture and the grain that waits to be laid over it.

    Attributes:
        picture: float32 [height, width, 3], 0 to 255.
        grain: float32 [height, width, 3], unit variance in luma; chroma is weaker and coarser.
    """

    picture: Plane
    grain: Plane

    def with_grain(self, sigma: float) -> Image.Image:
        """Return the scene with grain, stronger in the light as photon noise is, and sharpened."""
        light = np.clip(self.picture, 0, 255).mean(axis=2, keepdims=True) / 255
        noisy = self.picture + self.grain * (sigma * (0.6 + 0.8 * np.sqrt(light)))
        image = Image.fromarray(np.clip(noisy + 0.5, 0, 255).astype(np.uint8))
        return image.filter(ImageFilter.UnsharpMask(radius=1.2, percent=35, threshold=0))


def scene(picture: Image.Image, size: tuple[int, int], seed: int) -> Scene:
    """Enlarge a picture to a size of the proportions 4:3."""
    small = _landscape(picture.convert("RGB"))
    large = np.asarray(small.resize(size, Image.Resampling.LANCZOS), np.float32)
    busy = _busyness(small, size)
    for times, amplitude in ((2, 0.5), (1, 0.35)):
        detail = _fine_detail(small.resize((small.width * times, small.height * times)), 2.0 * times)
        large = large + amplitude * busy * _mirror_tiled(detail, size)
    return Scene(large, _grain(size, seed))


def encoded(image: Image.Image, orientation: int = 1, **options: Any) -> bytes:
    """Return a JPEG, 4:2:0 unless `options` of Pillow's encoder say otherwise."""
    exif = Image.Exif()
    exif[_ORIENTATION] = orientation
    file = io.BytesIO()
    image.save(file, "JPEG", **{"quality": QUALITY, "subsampling": 2, "exif": exif, **options})
    return file.getvalue()


def weighing(scenery: Scene, weight: int) -> tuple[Image.Image, float]:
    """Return a scene with the grain that makes its JPEG weigh that many bytes, and that grain."""
    low, high = 0.0, _STRONGEST_GRAIN
    for _ in range(_ROUNDS):
        sigma = (low + high) / 2
        if len(encoded(scenery.with_grain(sigma))) > weight:
            high = sigma
        else:
            low = sigma
    return scenery.with_grain(low), low


def _landscape(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    side = min(width // 4, height // 3)
    return ImageOps.fit(picture, (side * 4, side * 3), Image.Resampling.LANCZOS)


def _fine_detail(picture: Image.Image, radius: float) -> Plane:
    smooth = picture.filter(ImageFilter.GaussianBlur(radius))
    return np.asarray(picture, np.float32) - np.asarray(smooth, np.float32)


def _busyness(picture: Image.Image, size: tuple[int, int]) -> Plane:
    """Return where a picture is busy, 1 on average: float32 [height, width, 1]."""
    activity = np.abs(_fine_detail(picture.convert("L"), 2.0))
    levels = Image.fromarray(np.clip(activity * 8, 0, 255).astype(np.uint8))
    spread = levels.filter(ImageFilter.GaussianBlur(6)).resize(size, Image.Resampling.BILINEAR)
    busy = np.asarray(spread, np.float32)
    relative: Plane = np.clip(busy / (busy.mean() + 1e-3), 0.15, 2.5)
    return relative[..., None]


def _mirror_tiled(detail: Plane, size: tuple[int, int]) -> Plane:
    """Fill a size with copies of a picture, mirrored so that they join."""
    pair = np.concatenate([detail, detail[:, ::-1]], axis=1)
    four = np.concatenate([pair, pair[::-1]], axis=0)
    across, down = -(-size[0] // four.shape[1]), -(-size[1] // four.shape[0])
    return np.tile(four, (down, across, 1))[: size[1], : size[0]]


def _grain(size: tuple[int, int], seed: int) -> Plane:
    dice = np.random.default_rng(seed)
    width, height = size
    luma = dice.standard_normal((height, width, 1), dtype=np.float32)
    coarse = dice.standard_normal((height // 2, width // 2, 3), dtype=np.float32)
    return luma + 0.35 * coarse.repeat(2, axis=0).repeat(2, axis=1)
