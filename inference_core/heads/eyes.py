"""How far eyes are open, from the contours of their lids."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from inference_core.engines.engine import Outputs
from inference_core.heads.faces import DetectedFace, Points
from inference_core.preprocess.spec import Affine

EYE_SIZE = 64
MOST_FACES = 6
"""Of a photo, the tallest ones: in a crowd nobody looks for who blinks."""
LEAST_HEIGHT = 0.25
"""Faces whose height is a smaller fraction of the tallest one's are people in the background."""
LEAST_DISTANCE = 20.0
"""Decoded pixels between the eyes, below which the lids of an eye are some two pixels apart."""

_SIDE = 1.1
"""Of a crop, in distances between the eyes: 2.3 times the width of an eye, as the model has learnt from."""
_LOWER, _UPPER = slice(2, 7), slice(10, 15)
"""Points of both lids above each other, but for those at the corners, which tell of nothing but noise."""
_CORNERS = (0, 8)


def measurable(faces: Sequence[DetectedFace], shrink: int) -> list[bool]:
    """Tell of which faces the eyes are looked at: each costs a quarter of what recognising it does.

    Args:
        faces: Of one photo.
        shrink: How many full-size pixels along a side one decoded pixel stands for.
    """
    heights = [face.box[3] - face.box[1] for face in faces]
    tallest = sorted(heights, reverse=True)[:MOST_FACES]
    least = max(tallest[-1], LEAST_HEIGHT * tallest[0]) if tallest else 0.0
    return [
        height >= least and eye_distance(face.landmarks) >= LEAST_DISTANCE * shrink
        for face, height in zip(faces, heights, strict=True)
    ]


def eye_distance(landmarks: Points) -> float:
    """Return the distance between the centres of the eyes; landmarks as of `DetectedFace`."""
    return float(np.linalg.norm(landmarks[1] - landmarks[0]))


def eyes_to_photo(landmarks: Points) -> tuple[Affine, Affine]:
    """Return what maps the pixels of both eyes' crops to the upright full-size photo.

    The crops are upright, whichever way the head leans, and the second one is mirrored.

    Args:
        landmarks: [5, 2] in upright full-size pixels, the eyes apart from each other.
    """
    left, right = landmarks[:2]
    across = (right - left) * _SIDE / EYE_SIZE
    down = np.array([-across[1], across[0]])
    return _crop(left, across, down), _crop(right, -across, down)


def eyes_open(outputs: Outputs) -> float:
    """Return how far the eye that is open further is open: the gap of its lids over its width, 0..1.

    A closed eye has some 0.1, an open one 0.2 to 0.4: so much depends on whose eye it is that only values
    of one person can be compared. One eye is enough, for the other one may be hidden, or wink.

    Args:
        outputs: lids [2, 16, 2]; what the points are is in the registry.
    """
    lids = outputs["lids"].astype(np.float64)
    gaps = np.linalg.norm(lids[:, _UPPER] - lids[:, _LOWER], axis=2).mean(axis=1)
    widths = np.linalg.norm(lids[:, _CORNERS[1]] - lids[:, _CORNERS[0]], axis=1)
    return float(np.clip(gaps / np.maximum(widths, 1.0), 0.0, 1.0).max())


def _crop(
    centre: npt.NDArray[np.float64], across: npt.NDArray[np.float64], down: npt.NDArray[np.float64]
) -> Affine:
    matrix = np.eye(3)
    matrix[:2, 0], matrix[:2, 1] = across, down
    matrix[:2, 2] = centre - (across + down) * EYE_SIZE / 2
    return matrix
