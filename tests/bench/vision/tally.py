"""What an observer sees while photos are looked at."""

from __future__ import annotations

import threading
from collections import Counter

from inference_core.observe import Stage, Unobserved


class Tally(Unobserved):
    """Counts batches by size and seconds by stage. Threads may share it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.batches: Counter[int] = Counter()
        self.seconds: Counter[str] = Counter()

    def batch(self, model: str, size: int) -> None:
        """See `Observer.batch`."""
        with self._lock:
            self.batches[size] += 1

    def spent(self, stage: Stage, seconds: float) -> None:
        """See `Observer.spent`."""
        with self._lock:
            self.seconds[stage] += seconds  # type: ignore[assignment]

    def clear(self) -> None:
        """Begin anew."""
        with self._lock:
            self.batches.clear()
            self.seconds.clear()
