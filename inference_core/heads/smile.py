"""A smile, from the expression of an aligned face."""

from __future__ import annotations

from inference_core.engines.engine import Outputs

SMILE_SIZE = 64
SMILE_MARGIN = 0.1
"""Space around the face, in faces: the expression model was trained on tight crops."""

_HAPPY = 3


def smile_score(outputs: Outputs) -> float:
    """Return the probability of a smile, 0..1, from probabilities [7]."""
    return float(outputs["probabilities"][_HAPPY])
