"""Technical quality without a model: sharpness, exposure and contrast, 0 (bad) to 1 (good).

The measures are meant for pictures whose long side is about 512 pixels: what is sharp there is sharp
on a phone's screen. The constants put the middle of the scale where photos start to look poor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference_core.heads.faces import Points
from inference_core.preprocess import kernels

_TILES = 6
_SHARP_TILES = 75.0
_HALF_SHARP = 150.0
_HALF_SHARP_FACE = 40.0
_MIDDLE_GREY = 0.46
_TOLERATED_SHIFT = 0.16
_GOOD_CONTRAST = 0.2
_LARGE_FACE = 100.0
_LEVELS = np.arange(256.0)

Grey = npt.NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Quality:
    """Measures of one picture, 0..1 each; `overall` is their weighted geometric mean."""

    sharpness: float
    exposure: float
    contrast: float

    @property
    def overall(self) -> float:
        """0..1; a picture that fails in one respect is not saved by the others."""
        return float(self.sharpness**0.5 * self.exposure**0.3 * self.contrast**0.2)


def measure(grey: npt.NDArray[np.uint8]) -> Quality:
    """Measure the luma of a picture, [1, H, W], whose long side is about 512 pixels."""
    shares = kernels.histogram(grey[0]) / grey[0].size
    mean = float(shares @ _LEVELS)
    deviation = float(shares @ (_LEVELS - mean) ** 2) ** 0.5
    return Quality(_sharpness(grey[0]), _exposure(shares, mean), min(deviation / _GOOD_CONTRAST / 255, 1.0))


def face_quality(chip: npt.NDArray[np.uint8], landmarks: Points, side: float) -> float:
    """Return how well a face can be recognised, 0..1: sharp, large and seen from the front.

    Args:
        chip: uint8 [3, S, S], aligned.
        landmarks: [5, 2]: eyes, nose, corners of the mouth.
        side: Of the face in the full-size photo, pixels.
    """
    detail = float(laplacian(luma(chip)).var())
    sharpness = detail / (detail + _HALF_SHARP_FACE)
    return float((sharpness * min(side / _LARGE_FACE, 1.0) * frontality(landmarks)) ** (1 / 3))


def frontality(landmarks: Points) -> float:
    """Return 1 for a face seen from the front, 0 in profile: where the nose is between the eyes."""
    left, right, nose = landmarks[:3]
    across = right - left
    length = float(across @ across)
    if length <= 0:
        return 0.0
    position = float((nose - left) @ across) / length
    return max(1.0 - 2.0 * abs(position - 0.5), 0.0)


def luma(image: npt.NDArray[np.uint8]) -> Grey:
    """Return the Rec. 601 luma [H, W], 0..255, of an RGB picture [3, H, W]."""
    red, green, blue = image.astype(np.float32)
    grey: Grey = 0.299 * red + 0.587 * green + 0.114 * blue
    return grey


def laplacian(grey: Grey) -> Grey:
    """Return the four-neighbour Laplacian [H - 2, W - 2]."""
    neighbours = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:]
    edges: Grey = neighbours - 4 * grey[1:-1, 1:-1]
    return edges


def _sharpness(grey: npt.NDArray[np.uint8]) -> float:
    """Variance of the Laplacian in the sharper tiles: a soft background is no fault."""
    if min(grey.shape) < 3:
        return 0.0
    rows, columns = (_split(side - 2) for side in grey.shape)
    detail = float(np.percentile(kernels.laplacian_variances(grey, rows, columns), _SHARP_TILES))
    return detail / (detail + _HALF_SHARP)


def _split(length: int) -> npt.NDArray[np.intc]:
    """Return where `_TILES` tiles begin, or as many as there is room for, and where the last one ends."""
    tiles = min(_TILES, length)
    size, larger = divmod(length, tiles)
    return np.array([tile * size + min(tile, larger) for tile in range(tiles + 1)], np.intc)


def _exposure(shares: npt.NDArray[np.float64], mean: float) -> float:
    """Full marks around middle grey; less for a shift, and for the share that is clipped."""
    shift = max(abs(mean / 255 - _MIDDLE_GREY) - _TOLERATED_SHIFT, 0.0)
    clipped = float(shares[:3].sum() + shares[253:].sum())
    return max(1.0 - shift / (_MIDDLE_GREY - _TOLERATED_SHIFT), 0.0) * (1.0 - clipped) ** 2
