"""NanoDet's candidates to objects in photo pixels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from inference_core.engines.engine import Outputs
from inference_core.heads.suppression import non_maximum_suppression
from inference_core.preprocess.spec import Box, Geometry

_OVERLAP = 0.5
_LEAST_SCORE = 0.45


@dataclass(frozen=True, slots=True)
class DetectedObject:
    """A thing; `box` in pixels of the upright full-size photo, clipped to it, `score` 0..1."""

    label: str
    score: float
    box: Box


def detect_objects(
    outputs: Outputs,
    geometry: Geometry,
    labels: Sequence[str],
    least_score: float = _LEAST_SCORE,
) -> list[DetectedObject]:
    """Read objects from the outputs for one picture, best score first.

    Args:
        outputs: scores [N, C] in 0..1, boxes [N, 4] in input pixels.
        geometry: Of the tensor that the model saw.
        labels: C names.
        least_score: Fainter ones are left out.
    """
    likely = outputs["scores"] >= least_score
    # `nonzero` in two dimensions takes eight times as long as in one.
    places, classes = np.unravel_index(np.flatnonzero(likely), likely.shape)
    scores, boxes = outputs["scores"][places, classes], outputs["boxes"][places]
    found = []
    for index in non_maximum_suppression(boxes, scores, _OVERLAP, classes):
        corners = geometry.to_photo(boxes[index].reshape(2, 2)).clip(0, geometry.photo)
        left, top, right, bottom = corners.ravel().tolist()
        label, score = labels[classes[index]], float(scores[index])
        found.append(DetectedObject(label, score, (left, top, right, bottom)))
    return found
