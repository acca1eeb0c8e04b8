"""What preprocessing has promised, and whether it holds."""

from __future__ import annotations

from tests.bench.preprocessing.contenders import OURS, PILLOW
from tests.bench.preprocessing.results import Comparison, Report
from tests.bench.preprocessing.tasks import CROP, CROP_AND_LETTERBOX
from tests.bench.timing import goal

_MEMORY_MEGABYTES = 6.0


def goals(report: Report) -> list[str]:
    """Return one line for each goal."""
    crop, both = report.find("12 MP", CROP), report.find("12 MP", CROP_AND_LETTERBOX)
    large = report.find("48 MP", CROP)
    pillow = crop.ours_against(crop.row(PILLOW))
    megabytes = max(report.memory[OURS], 1) / 1e6
    return [
        goal("12mp-224-vs-best-library", lead(crop), 2.5),
        goal("12mp-224-vs-pillow", pillow, 6.0),
        goal("12mp-224-psnr", crop.ours.psnr[0], 48),
        goal("12mp-224-and-640-vs-best", lead(both), 2.2),
        goal("48mp-224-vs-best", lead(large), 2.5),
        goal("never-slower", min(map(lead, report.comparisons)), 1.0),
        goal("two-threads", report.scaling, 1.9),
        goal("two-threads-one-photo", report.split, 1.8),
        goal("48mp-memory", _MEMORY_MEGABYTES / megabytes, 1.0),
    ]


def lead(comparison: Comparison) -> float:
    """Return how many times as fast as the best library this project is; NaN where no library installs."""
    return comparison.ours_against(comparison.best_library())
