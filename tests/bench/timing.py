"""Peers measured side by side, so that a busy machine is as busy for each."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Mapping


def interleaved(peers: Mapping[str, Callable[[], object]], rounds: int = 7) -> dict[str, float]:
    """Run the peers in turn and return the median seconds of each."""
    seconds: dict[str, list[float]] = {name: [] for name in peers}
    for _ in range(rounds):
        for name, work in peers.items():
            started = time.perf_counter()
            work()
            seconds[name].append(time.perf_counter() - started)
    return {name: statistics.median(times) for name, times in seconds.items()}


def cpu_seconds(work: Callable[[], object]) -> float:
    """Run it once and return the seconds of CPU time that this process took for it."""
    started = time.process_time()
    work()
    return time.process_time() - started


def goal(name: str, figure: float, want: float) -> str:
    """Return the line that reports a goal; a goal that falls short fails nothing."""
    return f"goal {name}: {figure:.2f} (want >= {want:g}) {'ok' if figure >= want else 'short'}"
