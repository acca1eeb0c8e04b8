"""Drives the workers: all contenders in turn, round after round, on one core."""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np

from tests.bench.preprocessing.contenders import CONTENDERS, OURS, SPLIT, Contender
from tests.bench.preprocessing.processes import Failed, WorkerProcess
from tests.bench.preprocessing.references import psnr, references
from tests.bench.preprocessing.results import Comparison, Row, Workload
from tests.bench.preprocessing.samples import Sample
from tests.bench.preprocessing.tasks import CROP, OVERSAMPLING

_ROUND_PIXELS = 24_000_000
"""Small photos are repeated until a round has about so many pixels: the clock must have time to tick."""


def compare(workload: Workload, folder: Path, rounds: int) -> Comparison:
    """Measure every contender on a workload.

    Args:
        workload: What they do.
        folder: The cache of environments and references.
        rounds: How often each takes its turn.

    Raises:
        Failed: This project cannot do it.
    """
    failures: dict[str, str] = {}
    with ExitStack() as stack:
        ready: list[tuple[Row, WorkerProcess]] = []
        for contender in filter(lambda each: _differs(each, workload), CONTENDERS):
            try:
                worker = stack.enter_context(WorkerProcess(contender, folder, _cores(1)))
                _load(worker, contender, workload)
                ready.append((Row(contender, _quality(worker, workload, folder)), worker))
            except Failed as reason:
                if contender.name == OURS:
                    raise
                failures[contender.name] = str(reason)
        repeats = max(1, round(_ROUND_PIXELS / sum(w * h for w, h in workload.sample.sizes())))
        for _ in range(rounds):
            for row, worker in ready:
                row.seconds.append(worker.ask("cpu", repeats=repeats)["seconds"])
    return Comparison(workload, tuple(row for row, _ in ready), failures)


def peak_memory(large: Sample, small: Sample, folder: Path, rounds: int) -> dict[str, int]:
    """Return the bytes that each contender takes for a large photo, beyond the file itself.

    Args:
        large: The photo.
        small: What the library warms up on: what it keeps for ever is not what a photo costs.
        folder: The cache of environments.
        rounds: Processes that are measured for each; the median counts.
    """
    taken: dict[str, int] = {}
    for contender in filter(lambda each: not each.hurried, CONTENDERS):
        try:
            taken[contender.name] = int(
                statistics.median(_memory(contender, large, small, folder) for _ in range(rounds))
            )
        except Failed as reason:
            print(f"memory of {contender.name}: {reason}", file=sys.stderr)
    return taken


def thread_scaling(sample: Sample, folder: Path, rounds: int) -> float:
    """Return how many times as many photos a second this project does on two threads as on one.

    Wall time, so the best round counts: whatever else the machine does only ever adds to it.

    Raises:
        Failed: This machine has one core.
    """
    cores = _cores(2)
    if len(cores) < 2:
        raise Failed("two threads need two cores")
    ours = _ours()
    with WorkerProcess(ours, folder, cores) as worker:
        _load(worker, ours, Workload(sample, CROP))
        measured = [worker.ask("threads", threads=2) for _ in range(rounds)]
    return float(min(each["one"] for each in measured) / min(each["several"] for each in measured))


def split_gain(sample: Sample, folder: Path, rounds: int) -> float:
    """Return how many times as soon one photo is done on two threads as on one; wall time, best rounds.

    Raises:
        Failed: This machine has one core.
    """
    cores = _cores(2)
    if len(cores) < 2:
        raise Failed("two threads need two cores")
    with WorkerProcess(_ours(), folder, cores) as one, WorkerProcess(SPLIT, folder, cores) as two:
        for worker, contender in ((one, _ours()), (two, SPLIT)):
            _load(worker, contender, Workload(sample, CROP))
            worker.ask("wall")
        measured = [(one.ask("wall")["seconds"], two.ask("wall")["seconds"]) for _ in range(rounds)]
    return float(min(each[0] for each in measured) / min(each[1] for each in measured))


def _differs(contender: Contender, workload: Workload) -> bool:
    """Whether a hurried contender would do anything that its careful twin does not."""
    return not contender.hurried or workload.shrinks(contender.oversampling) != workload.shrinks(OVERSAMPLING)


def _load(worker: WorkerProcess, contender: Contender, workload: Workload) -> None:
    files = [str(file) for file in workload.sample.files]
    shrinks = workload.shrinks(contender.oversampling)
    worker.ask("load", task=workload.task.name, files=files, shrinks=shrinks)


def _quality(worker: WorkerProcess, workload: Workload, folder: Path) -> tuple[float, ...]:
    """Return the PSNR of each output, mean over the photos, by the reference that it is closest to."""
    with tempfile.TemporaryDirectory() as scratch:
        path = Path(scratch) / "outputs.npz"
        worker.ask("save", path=str(path))
        with np.load(path) as made:
            decibels: dict[tuple[int, str], list[float]] = {}
            for photo, file in enumerate(workload.sample.files):
                for output, exact in enumerate(references(file, workload.task, folder)):
                    for name, picture in exact.items():
                        quality = psnr(made[f"{photo} {output}"], picture)
                        decibels.setdefault((output, name), []).append(quality)
    return _closest({key: statistics.mean(values) for key, values in decibels.items()})


def _closest(means: dict[tuple[int, str], float]) -> tuple[float, ...]:
    outputs = sorted({output for output, _ in means})
    return tuple(max(mean for (of, _), mean in means.items() if of == output) for output in outputs)


def _memory(contender: Contender, large: Sample, small: Sample, folder: Path) -> int:
    with WorkerProcess(contender, folder, _cores(1)) as worker:
        _load(worker, contender, Workload(small, CROP))
        worker.ask("cpu", repeats=1)
        _load(worker, contender, Workload(large, CROP))
        taken: int = worker.ask("memory")["bytes"]
    return taken


def _ours() -> Contender:
    return next(each for each in CONTENDERS if each.name == OURS)


def _cores(count: int) -> Sequence[int]:
    """Return the last cores: the first one has most of the machine's own work."""
    return sorted(os.sched_getaffinity(0))[-count:]
