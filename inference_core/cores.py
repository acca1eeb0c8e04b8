"""How many cores there are for this process."""

from __future__ import annotations

import os
import sys


def available_cores() -> int:
    """Return how many cores this process, and what it starts, may run on: perhaps fewer than there are."""
    if sys.platform == "linux":
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
