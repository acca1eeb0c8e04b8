"""Logits to labels, and vectors to unit length."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

_LEAST_PROBABILITY = 0.1
_MOST_LABELS = 5


def softmax(logits: npt.NDArray[np.floating]) -> npt.NDArray[np.float64]:
    """Return probabilities [C] for logits [C]."""
    powers = np.exp(logits.astype(np.float64) - float(logits.max()))
    probabilities: npt.NDArray[np.float64] = powers / powers.sum()
    return probabilities


def top_labels(
    logits: npt.NDArray[np.floating],
    labels: Sequence[str],
    most: int = _MOST_LABELS,
    least: float = _LEAST_PROBABILITY,
) -> list[tuple[str, float]]:
    """Return up to `most` labels of at least probability `least`, best first."""
    probabilities = softmax(logits)
    best = np.argsort(-probabilities, kind="stable")[:most]
    return [(labels[i], float(probabilities[i])) for i in best if probabilities[i] >= least]


def unit(vector: npt.NDArray[np.floating]) -> npt.NDArray[np.float32]:
    """Return the vector at length 1 as float32; the zero vector stays what it is."""
    length = float(np.linalg.norm(vector))
    scaled: npt.NDArray[np.float32] = (vector / (length or 1.0)).astype(np.float32)
    return scaled
