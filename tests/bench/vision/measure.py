"""Drives the workers: all ways in turn, round after round, on two cores and on one."""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.bench.camera_photos import camera_photos
from tests.bench.processes import Answering, Failed
from tests.bench.vision.contenders import CALLERS, CURVES, FULL_ONLY, MOST, SCALED, Way
from tests.bench.vision.results import Rates, Report

_PHOTOS = 24
"""How many each measurement takes: all photos equally often, so that it does not matter which come last."""
_PHOTOS_FULL = 48
"""With most callers there must be more, for the last photos have the cores to themselves."""
_PHOTOS_SLOW = 12
_PHOTOS_LATENCY = 60
_SLOW = frozenset({Way.PEER, Way.PEER_PREVIEWS})


def measured(rounds: int) -> Report:
    """Measure everything.

    Raises:
        Failed: Something else than Triton cannot be measured here, and why.
    """
    if sys.platform != "linux":
        raise Failed("processes are pinned to cores, which takes Linux")
    cores = sorted(os.sched_getaffinity(0))[-2:]
    if len(cores) < 2:
        raise Failed("two cores are compared with one; this machine has one")
    report = Report(rounds)
    with tempfile.TemporaryDirectory(prefix="storyroll-bench-") as name:
        for index, photo in enumerate(camera_photos()):
            (Path(name) / f"{index}.jpg").write_bytes(photo)
        with _Worker(name, cores) as two, _Worker(name, cores[-1:]) as one:
            report.absent = two.open((*CURVES, *FULL_ONLY))
            report.absent |= one.open(report.present(SCALED))
            for number in range(rounds):
                print(f"round {number + 1} of {rounds} ...", file=sys.stderr)
                _round(report, two, one)
            for way in report.present(CURVES):
                rate = report.rate(way) / 2
                report.latencies[way] = two.ask("latency", way=way, rate=rate, photos=_PHOTOS_LATENCY)[
                    "seconds"
                ]
    return report


class _Worker(Answering):
    """A worker that is pinned to cores, with all that it starts."""

    def __init__(self, photos: str, cores: Sequence[int]) -> None:
        # It begins on them: ONNX Runtime starts a thread when it is imported, which would keep all others.
        with _pinned(cores):
            super().__init__([sys.executable, "-m", f"{__package__}.worker", photos])

    def open(self, ways: Sequence[Way]) -> dict[Way, str]:
        """Open the ways, and return those that cannot be had here, and why."""
        absent = {}
        for way in ways:
            print(f"opening {way} ...", file=sys.stderr)
            if reason := self.ask("open", way=way).get("absent"):
                absent[way] = reason
        return absent


@contextmanager
def _pinned(cores: Sequence[int]) -> Iterator[None]:
    """Run on those cores, as does whatever is started in the block."""
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cores)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def _round(report: Report, two: _Worker, one: _Worker) -> None:
    for callers in CALLERS[:-1]:
        for way in report.present(CURVES):
            _throughput(two, way, callers, report.rates)
    for way in report.present((*CURVES, *FULL_ONLY)):
        reply = _throughput(two, way, MOST, report.rates)
        report.cpu.setdefault(way, []).append(reply["cpu"])
        sizes = {int(size): count for size, count in reply["batches"].items()}
        report.batches.setdefault(way, Counter()).update(sizes)
        report.stages.setdefault(way, []).append(reply["stages"])
        if way in SCALED:
            _throughput(one, way, MOST, report.one_core)


def _throughput(worker: _Worker, way: Way, callers: int, rates: Rates) -> dict[str, Any]:
    photos = _PHOTOS_SLOW if way in _SLOW else _PHOTOS_FULL if callers == MOST else _PHOTOS
    reply = worker.ask("throughput", way=way, callers=callers, photos=photos)
    rates.setdefault((way, callers), []).append(reply["rate"])
    return reply
