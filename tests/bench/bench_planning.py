"""How long planning takes: from a thousand to a million pictures from nothing, and one picture more.

A million pictures are ten lives of a hundred thousand, one after the other, that share their embeddings: the
memory is then that of planning rather than that of the vectors it is given. Times are those of the processor:
planning has one thread, and the machine may do other work.
"""

from __future__ import annotations

import gc
import resource
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta
from statistics import median
from time import process_time

from services.adapters.holidays import OfflineHolidays
from services.adapters.linear_algebra import limit_threads
from services.domain.identity import AssetId, OwnerId
from services.domain.library import Library, LibraryAsset
from services.domain.stories.plan import Plan, plan
from services.domain.stories.planner import Planner
from services.scheduler.planners import Planners
from tests.bench.snapshots import whole, with_one_more
from tests.bench.timing import cpu_seconds, goal
from tests.quality.simulator import simulate

FIRST = date(2006, 1, 1)
YEARS = 20.0
TODAY = FIRST + timedelta(days=int(YEARS * 365))
WIDTH = 1280
"""Length of picture embeddings, as the classifier gives them."""
SIZES = (1_000, 10_000, 100_000, 1_000_000)
ONE_MORE = 30
"""Pictures that come one by one: the latest of the library, or some of all its years."""
OWNER = OwnerId("owner")
LIMIT_SECONDS = 2.0
INCREMENT_SECONDS = 0.010
GROWTH = 12.0
MEMORY_GIB = 4.0


def main() -> None:
    """Print the curve, then the goals."""
    limit_threads(1)
    full = _life()
    times = {n: _measure(_of_size(full, n)) for n in SIZES}
    one_more = {n: _one_more(_of_size(full, n)) for n in SIZES[:-1]}
    _one_late(full)
    scheduled = _one_scheduled(full)
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(f"at most {memory:.1f} GiB of memory, the pictures and their vectors included")
    growth = times[1_000_000] / times[100_000]
    print(goal("planning-100k-speed", LIMIT_SECONDS / times[100_000], 1.0))
    print(goal("planning-one-more-speed", INCREMENT_SECONDS / one_more[100_000], 1.0))
    print(goal("planning-one-more-scheduled-speed", INCREMENT_SECONDS / scheduled, 1.0))
    print(
        goal("planning-one-more-ratio", times[100_000] / one_more[100_000], LIMIT_SECONDS / INCREMENT_SECONDS)
    )
    print(goal("planning-growth-1k-100k", GROWTH**2 / (times[100_000] / times[1_000]), 1.0))
    print(goal("planning-growth-100k-1m", GROWTH / growth, 1.0))
    print(goal("planning-1m-memory", MEMORY_GIB / memory, 1.0))


def _life() -> Library:
    """Return 100,000 pictures of 20 years, up to today."""
    library = simulate(years=YEARS, seed=11, first=FIRST, activity=3.6, width=WIDTH).library
    lived = [asset for asset in library.assets if asset.day <= TODAY]
    ordered = sorted(lived, key=lambda asset: (asset.capture_time, asset.id))
    return replace(library, assets=tuple(ordered[-100_000:]))


def _of_size(full: Library, n: int) -> Library:
    """Return the last n pictures, or as many lives as it takes, each before the other."""
    if n <= len(full.assets):
        return replace(full, assets=full.assets[-n:])
    lives = [_earlier(full.assets, k) for k in range(n // len(full.assets))]
    return replace(full, assets=tuple(asset for life in lives for asset in life))


def _earlier(assets: tuple[LibraryAsset, ...], lives: int) -> list[LibraryAsset]:
    shift = timedelta(days=int(YEARS * 365)) * lives
    return [
        replace(
            asset,
            id=AssetId(f"{lives}-{asset.id}"),
            capture_time=asset.capture_time - shift,
            duplicate_of=AssetId(f"{lives}-{asset.duplicate_of}") if asset.duplicate_of else None,
        )
        for asset in assets
    ]


def _measure(library: Library) -> float:
    _settle()
    made = plan(library, TODAY)
    repeats = 3 if len(library.assets) <= SIZES[-2] else 1
    seconds = median(cpu_seconds(lambda: plan(library, TODAY)) for _ in range(repeats))
    print(f"{len(library.assets):>9,} pictures: {seconds * 1000:7.0f} ms, {_summary(made)}", flush=True)
    return seconds


def _one_more(library: Library) -> float:
    """Return how long it takes to plan with one picture more, median of the last ones of a library."""
    before, last = library.assets[:-ONE_MORE], library.assets[-ONE_MORE:]
    return _planned_one_by_one("one more", replace(library, assets=before), last)


def _one_late(library: Library) -> None:
    """Print how long it takes if the picture is not the latest: the rows behind it move."""
    late = set(range(ONE_MORE, len(library.assets), len(library.assets) // ONE_MORE))
    before = tuple(asset for i, asset in enumerate(library.assets) if i not in late)
    _planned_one_by_one("a late one", replace(library, assets=before), [library.assets[i] for i in late])


def _planned_one_by_one(name: str, library: Library, more: Sequence[LibraryAsset]) -> float:
    planner = Planner(library)
    planner.plan(TODAY)
    _settle()
    seconds = [cpu_seconds(lambda: _plan_with(planner, asset)) for asset in more]  # noqa: B023
    return _told(f"{len(library.assets) + len(more):>9,} pictures, {name}", seconds)


def _one_scheduled(library: Library) -> float:
    """Return how long the scheduler works for one analysed picture, the catalog aside: median of the last.

    That is to note what was read, to tell who is in it, to add holidays, and to plan.
    """
    before, last = library.assets[:-ONE_MORE], library.assets[-ONE_MORE:]
    planners, snapshot = Planners(1), whole(replace(library, assets=before))
    made = planners.plan(OWNER, snapshot, TODAY, OfflineHolidays())
    seconds = []
    for asset in last:
        started = process_time()
        snapshot = with_one_more(snapshot, replace(asset, people=()), made.found.people)
        made = planners.plan(OWNER, snapshot, TODAY, OfflineHolidays())
        seconds.append(process_time() - started)
    return _told(f"{len(library.assets):>9,} pictures, one more through the scheduler", seconds)


def _told(name: str, seconds: Sequence[float]) -> float:
    """Print what it took, and return the median."""
    p95 = sorted(seconds)[int(len(seconds) * 0.95)]
    print(
        f"{name}: median {median(seconds) * 1000:5.1f} ms, p95 {p95 * 1000:.1f}, "
        f"{min(seconds) * 1000:.1f} to {max(seconds) * 1000:.1f}",
        flush=True,
    )
    return median(seconds)


def _plan_with(planner: Planner, asset: LibraryAsset) -> Plan:
    planner.change([asset])
    return planner.plan(TODAY)


def _settle() -> None:
    """Take the library out of the sight of the garbage collector: it is not what is measured."""
    gc.collect()
    gc.freeze()


def _summary(made: Plan) -> str:
    return f"{len(made.events)} events, {len(made.trips)} trips, {len(made.stories)} stories"


if __name__ == "__main__":
    main()
