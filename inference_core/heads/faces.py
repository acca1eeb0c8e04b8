"""CenterFace's maps to faces in photo pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference_core.engines.engine import Outputs
from inference_core.heads.suppression import non_maximum_suppression
from inference_core.preprocess.spec import Box, Geometry

_STRIDE = 4
_OVERLAP = 0.3
_LEAST_SCORE = 0.5

Points = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class DetectedFace:
    """A face, in pixels of the upright full-size photo.

    Attributes:
        box: Clipped to the photo.
        score: 0..1.
        landmarks: [5, 2]: the eye on the left of the picture, the one on the right, the nose, the
            corner of the mouth on the left, the one on the right. They may lie outside the photo.
    """

    box: Box
    score: float
    landmarks: Points


def detect_faces(
    outputs: Outputs, geometry: Geometry, least_score: float = _LEAST_SCORE
) -> list[DetectedFace]:
    """Read faces from the outputs for one picture, best score first.

    Args:
        outputs: heatmap [1, h, w], scale and offset [2, h, w] as (y, x), landmarks [10, h, w] as
            five (y, x) relative to the box. Source: CenterFace, https://arxiv.org/abs/1911.03599.
        geometry: Of the tensor that the model saw.
        least_score: Fainter ones are left out.
    """
    heat = outputs["heatmap"][0]
    rows, columns = np.nonzero(heat >= least_score)
    if not rows.size:
        return []
    size = np.exp(outputs["scale"][::-1, rows, columns].T.astype(np.float64)) * _STRIDE
    shift = outputs["offset"][::-1, rows, columns].T
    centre = (np.stack([columns, rows], axis=1) + shift + 0.5) * _STRIDE
    corner = centre - size / 2
    relative = outputs["landmarks"][:, rows, columns].T.reshape(-1, 5, 2)[..., ::-1]
    landmarks = corner[:, None] + relative * size[:, None]
    boxes = np.concatenate([corner, corner + size], axis=1)
    scores = heat[rows, columns]
    return [
        _face(boxes[index], float(scores[index]), landmarks[index], geometry)
        for index in non_maximum_suppression(boxes, scores, _OVERLAP)
    ]


def _face(box: Points, score: float, landmarks: Points, geometry: Geometry) -> DetectedFace:
    corners = geometry.to_photo(box.reshape(2, 2)).clip(0, geometry.photo)
    left, top, right, bottom = corners.ravel().tolist()
    return DetectedFace((left, top, right, bottom), score, geometry.to_photo(landmarks))
