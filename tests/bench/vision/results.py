"""What was measured."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from tests.bench.vision.contenders import MOST, Way

Rates = dict[tuple[Way, int], list[float]]
"""Photos a second of a way with so many callers, round after round."""


@dataclass(slots=True)
class Report:
    """The whole run; grows while it is measured.

    Attributes:
        rounds: How often everything was measured, all ways in turn.
        rates: On two cores.
        one_core: On one core.
        latencies: Seconds of each photo at half load.
        cpu: CPU seconds of a photo, with all processes, with most callers, round after round.
        batches: How many batches of which size, with most callers, over all rounds.
        stages: Seconds of a photo in each stage, with most callers, round after round.
        absent: Ways that cannot be measured here, and why.
    """

    rounds: int
    rates: Rates = field(default_factory=dict)
    one_core: Rates = field(default_factory=dict)
    latencies: dict[Way, Sequence[float]] = field(default_factory=dict)
    cpu: dict[Way, list[float]] = field(default_factory=dict)
    batches: dict[Way, Counter[int]] = field(default_factory=dict)
    stages: dict[Way, list[dict[str, float]]] = field(default_factory=dict)
    absent: dict[Way, str] = field(default_factory=dict)

    def present(self, ways: Iterable[Way]) -> list[Way]:
        """Return those of the ways that can be measured here."""
        return [way for way in ways if way not in self.absent]

    def rate(self, way: Way, callers: int = MOST) -> float:
        """Return photos a second, the median of the rounds."""
        return statistics.median(self.rates[way, callers])

    def ratio(self, way: Way, peer: Way, callers: int = MOST) -> float:
        """Return photos a second by those of a peer, the median of each round's ratio; NaN without them."""
        if {way, peer} & self.absent.keys():
            return math.nan
        pairs = zip(self.rates[way, callers], self.rates[peer, callers], strict=True)
        return statistics.median(own / others for own, others in pairs)

    def scaling(self, way: Way) -> float:
        """Return photos a second on two cores by those on one, likewise; NaN without them."""
        if way in self.absent:
            return math.nan
        pairs = zip(self.rates[way, MOST], self.one_core[way, MOST], strict=True)
        return statistics.median(two / one for two, one in pairs)

    def stage(self, way: Way, name: str) -> float:
        """Return the seconds of a photo in a stage, the median of the rounds."""
        return statistics.median(stages.get(name, 0.0) for stages in self.stages[way])
