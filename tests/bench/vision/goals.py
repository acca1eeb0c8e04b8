"""What vision has promised, and whether it holds."""

from __future__ import annotations

from tests.bench.timing import goal
from tests.bench.vision.contenders import Way
from tests.bench.vision.results import Report


def goals(report: Report) -> list[str]:
    """Return one line for each goal."""
    return [
        goal("vision-in-process-vs-bare-models", report.ratio(Way.LOCAL, Way.BARE), 0.9),
        goal("vision-triton-vs-bare-models", report.ratio(Way.SHARED, Way.BARE), 0.85),
        goal("vision-in-process-two-cores", report.scaling(Way.LOCAL), 1.8),
        goal("vision-triton-two-cores", report.scaling(Way.SHARED), 1.8),
        goal("vision-in-process-vs-peer", report.ratio(Way.LOCAL, Way.PEER), 3),
        goal("vision-triton-vs-peer", report.ratio(Way.SHARED, Way.PEER), 3),
    ]
