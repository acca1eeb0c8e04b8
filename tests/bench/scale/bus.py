"""The bus with nothing but messages: what PostgreSQL, NATS and a process for each stage carry here."""

from __future__ import annotations

import secrets
import sys
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np

from services.adapters.bus_choice import Access
from services.domain.messages import Consumer
from tests.bench.processes import Answering
from tests.bench.vision.cpu import tree_seconds

EXPECTED: Final = 1_000_000 * 20 / 86_400
"""Photos a second of a million owners who take twenty a day."""
CELL: Final = 50_000
"""Owners whom one bus is to serve: docs/capacity.md says why."""
MESSAGES: Final = 4
"""Rows of the outbox that a photo makes: for metadata, for inference and two for the scheduler."""
FEEDER: Final = "feeder"
_ROUNDS: Final = 3
_PATIENCE_S: Final = 600.0
_POLL_S: Final = 0.1


@dataclass
class Carried:
    """What was measured."""

    photos: int
    """Of each round."""
    rates: list[float] = field(default_factory=list)
    """Photos a second that went through all stages while as many came as they would take."""
    core_ms: dict[str, float] = field(default_factory=dict)
    """CPU time of a photo, by process."""
    steady: float = 0.0
    """Photos a second of the round in which only half as many came."""
    lags: list[float] = field(default_factory=list)
    """Seconds through all stages, of that round."""

    @property
    def rate(self) -> float:
        """Return the photos a second of the middle round."""
        return float(np.median(self.rates))

    def lag(self, percent: float) -> float:
        """Return seconds."""
        return float(np.percentile(self.lags, percent))


class Line:
    """A feeder and the stages, each a process."""

    def __init__(self, processes: Mapping[str, Answering]) -> None:
        self._processes = processes
        for stage in Consumer:
            processes[stage].ask("work", stage=stage)
        self._seen = 0

    def carry(self, photos: int, rate: float) -> tuple[float, list[float]]:
        """Send photos; return the seconds until the last has been through, and those that each took."""
        began = time.perf_counter()
        self._processes[FEEDER].ask("feed", photos=photos, rate=rate)
        took: list[float] = []
        while len(took) < photos:
            if time.perf_counter() - began > _PATIENCE_S:
                raise TimeoutError(f"{len(took)} of {photos} photos are through after {_PATIENCE_S:.0f} s")
            time.sleep(_POLL_S)
            took += self._processes[Consumer.SCHEDULER].ask("seen", beyond=self._seen + len(took))["seconds"]
        self._seen += len(took)
        return time.perf_counter() - began, took

    def stop(self) -> None:
        """Let all stages finish."""
        for stage in Consumer:
            self._processes[stage].ask("stop")


def carried(database: str, nats: Access, pids: Mapping[str, int], folder: Path, photos: int) -> Carried:
    """Measure it.

    Args:
        database: Of tables that nobody else uses.
        nats: A server.
        pids: The processes of both servers, by name.
        folder: Of keys.
        photos: Of each round.
    """
    report = Carried(photos)
    command = [sys.executable, "-m", "tests.bench.scale.bus_worker", database, nats.url, nats.token]
    command += [f"bench-{secrets.token_hex(4)}", str(folder)]
    with ExitStack() as opened:
        names = (FEEDER, *Consumer)
        processes = {str(name): opened.enter_context(Answering(command)) for name in names}
        line = Line(processes)
        line.carry(photos // 5, 0)  # warms up
        every = {**pids, **{name: process.pid for name, process in processes.items()}}
        before = {name: tree_seconds(pid) for name, pid in every.items()}
        for _ in range(_ROUNDS):
            seconds, _took = line.carry(photos, 0)
            report.rates.append(photos / seconds)
        for name, pid in every.items():
            report.core_ms[name] = (tree_seconds(pid) - before[name]) / (_ROUNDS * photos) * 1e3
        report.steady = report.rate / 2
        _, report.lags = line.carry(photos, report.steady)
        line.stop()
    return report
