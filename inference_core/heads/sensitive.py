"""OpenNSFW's probability."""

from __future__ import annotations

from inference_core.engines.engine import Outputs

_SENSITIVE = 1


def sensitive_score(outputs: Outputs) -> float:
    """Return the probability that a picture is sensitive, 0..1, from probabilities [2]."""
    return float(outputs["probabilities"][_SENSITIVE])
