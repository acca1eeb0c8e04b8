"""What was measured."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass, field

from tests.bench.preprocessing.contenders import OURS, Contender
from tests.bench.preprocessing.samples import Sample
from tests.bench.preprocessing.tasks import Task

EXACT_ENOUGH = 3.0
"""A hurried library counts as a rival when its PSNR is within so many decibels of ours."""


@dataclass(frozen=True, slots=True)
class Workload:
    """A task on a sample."""

    sample: Sample
    task: Task

    def shrinks(self, oversampling: float) -> list[int]:
        """Return how far each photo may be shrunk while it is decoded."""
        return [self.task.shrink(*size, oversampling) for size in self.sample.sizes()]


@dataclass(slots=True)
class Row:
    """One contender on one workload.

    Attributes:
        contender: Who.
        psnr: Decibels of each output, mean over the photos, against the closest of the references.
        seconds: CPU seconds of one photo, for each round.
    """

    contender: Contender
    psnr: tuple[float, ...]
    seconds: list[float] = field(default_factory=list)

    @property
    def median(self) -> float:
        """CPU seconds of one photo."""
        return statistics.median(self.seconds)


@dataclass(frozen=True, slots=True)
class Comparison:
    """All contenders on one workload.

    Attributes:
        workload: What they did.
        rows: Those that could do it; the first one is this project.
        failures: For each of the others, why not.
    """

    workload: Workload
    rows: tuple[Row, ...]
    failures: dict[str, str]

    @property
    def ours(self) -> Row:
        """This project's row."""
        return self.rows[0]

    def row(self, name: str) -> Row | None:
        """Return the row of a contender, None where it could not do the workload."""
        return next((row for row in self.rows if row.contender.name == name), None)

    def best_library(self) -> Row | None:
        """Return the fastest library that keeps our oversampling, or comes close to our PSNR without.

        A library that decodes too few pixels is fast and blurred: it is shown, but it is no rival.
        """
        return min(filter(self._is_rival, self.rows), key=lambda row: row.median, default=None)

    def ours_against(self, rival: Row | None) -> float:
        """Return how many times as fast as another row this project is; NaN where there is none."""
        return rival.median / self.ours.median if rival else math.nan

    def _is_rival(self, row: Row) -> bool:
        if row.contender.name == OURS:
            return False
        close = all(its >= own - EXACT_ENOUGH for its, own in zip(row.psnr, self.ours.psnr, strict=True))
        return close or not row.contender.hurried


@dataclass(frozen=True, slots=True)
class Report:
    """The whole run.

    Attributes:
        comparisons: One for each workload.
        memory: For each contender the bytes that a 48 MP photo takes beyond the file.
        scaling: Photos a second of this project on two threads, by those on one.
        split: Seconds for one 48 MP photo on one thread, by those on two.
        rounds: How often everything was measured.
    """

    comparisons: tuple[Comparison, ...]
    memory: dict[str, int]
    scaling: float
    split: float
    rounds: int

    def find(self, sample: str, task: Task) -> Comparison:
        """Return a comparison by the names of its sample and task."""
        return next(
            each
            for each in self.comparisons
            if each.workload.sample.name == sample and each.workload.task == task
        )
