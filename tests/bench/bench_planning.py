"""How long planning takes: 1,000, 10,000 and 100,000 pictures from nothing, and one picture more."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from statistics import median

from services.domain.library import Library
from services.domain.stories.plan import plan
from tests.bench.timing import goal
from tests.quality.simulator import simulate

FIRST = date(2006, 1, 1)
YEARS = 20.0
TODAY = FIRST + timedelta(days=int(YEARS * 365))
WIDTH = 1280
"""Length of picture embeddings, as the classifier gives them."""
LIMIT_SECONDS = 2.0
INCREMENT_SECONDS = 0.010
GROWTH = 12.0


def main() -> None:
    """Print the times, then the goals."""
    full = simulate(years=YEARS, seed=11, first=FIRST, activity=3.6, width=WIDTH).library
    times = {n: _measure(full, n) for n in (1_000, 10_000, 100_000)}
    one_more = times[100_000]
    growth = max(times[10_000] / times[1_000], times[100_000] / times[10_000])
    print(f"one picture more: {one_more * 1000:.0f} ms, for everything is planned from nothing")
    print(goal("planning-100k-speed", LIMIT_SECONDS / times[100_000], 1.0))
    print(goal("planning-one-more-speed", INCREMENT_SECONDS / one_more, 1.0))
    print(goal("planning-growth", GROWTH / growth, 1.0))


def _measure(full: Library, n: int) -> float:
    library = _shortened(full, n)
    seconds = _median(lambda: plan(library, TODAY))
    made = plan(library, TODAY)
    print(
        f"{len(library.assets):>7} pictures: {seconds * 1000:6.0f} ms, {len(made.events)} events, "
        f"{len(made.trips)} trips, {len(made.stories)} stories"
    )
    return seconds


def _shortened(full: Library, n: int) -> Library:
    """Return the last n pictures of a library: a shorter life, lived as densely."""
    lived = (asset for asset in full.assets if asset.day <= TODAY)
    ordered = sorted(lived, key=lambda asset: (asset.capture_time, asset.id))
    return replace(full, assets=tuple(ordered[-n:]))


def _median(run: Callable[[], object], repeats: int = 3) -> float:
    seconds = []
    for _ in range(repeats):
        start = time.perf_counter()
        run()
        seconds.append(time.perf_counter() - start)
    return median(seconds)


if __name__ == "__main__":
    main()
