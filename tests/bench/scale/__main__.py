"""Full tables, two inference workers and the bus, on real servers, each beside what it is held against.

Run: python -m tests.bench.scale [--photos N] [--messages N] [--write]
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
from contextlib import ExitStack
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from tests import nats_queue, postgres_server
from tests.bench.document import circumstances, grid, write_section
from tests.bench.scale.bus import CELL, EXPECTED, MESSAGES, Carried, carried
from tests.bench.scale.dozing import PICTURE_S
from tests.bench.scale.listing import ALONE, ASSETS_LISTED, FULL, OWNERS, READ, STORIES_LISTED, Listed, listed
from tests.bench.scale.workers import Shared, shared
from tests.bench.timing import goal

_COMMAND = "make bench-scale"
_LEAST = 400_000
"""Photos: a page of each owner must not be all that they have."""


@dataclass(frozen=True)
class Report:
    """What was measured."""

    lists: Listed
    workers: Shared
    bus: Carried


def measured(folder: Path, photos: int, messages: int) -> Report:
    """Measure everything below a folder: photos in the full tables, and photos of a round on the bus."""
    with ExitStack() as opened:
        postgres = opened.enter_context(postgres_server.running(folder / "postgres"))
        nats = opened.enter_context(nats_queue.running(folder / "nats"))
        pids = {"PostgreSQL": postgres.process.pid or 0, "NATS": nats.pid or 0}
        workers = shared(folder / "workers")
        runner = opened.enter_context(asyncio.Runner())
        lent = postgres_server.fresh_database(postgres.url)
        bus = carried(runner.run(lent.__aenter__()), nats.access, pids, folder / "bus", messages)
        runner.run(lent.__aexit__(None, None, None))
        return Report(runner.run(listed(postgres.url, folder / "lists", photos)), workers, bus)


def goals(report: Report) -> list[str]:
    """Return one line for each goal."""
    calls = ((STORIES_LISTED, "list-stories"), (ASSETS_LISTED, "list-assets"))
    return [
        *(goal(f"scale-{name}-within-twice", 2 / report.lists.ratio(call), 1) for call, name in calls),
        goal("scale-two-inference-workers", report.workers.ratio, 1.8),
        goal("scale-bus-times-expected", report.bus.rate / EXPECTED, 10),
        goal("scale-bus-times-expected-of-a-cell", report.bus.rate / (EXPECTED * CELL / 1e6), 10),
    ]


def markdown(report: Report) -> str:
    """Return everything that was measured."""
    packages = {name: version(name) for name in ("asyncpg", "grpcio", "nats-py")}
    heading = circumstances(_COMMAND, len(report.bus.rates), packages)
    load = f"- load of the machine: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores"
    parts = (_lists(report.lists), _workers(report.workers), _bus(report.bus))
    return "\n\n".join(["## Scale", f"{heading}\n{load}", *parts])


def _lists(lists: Listed) -> str:
    rows = [
        (
            call,
            *(f"{of(call, system):.1f}" for system in (FULL, ALONE) for of in (lists.median, lists.p95)),
            f"{lists.ratio(call):.2f}",
        )
        for call in (STORIES_LISTED, ASSETS_LISTED)
    ]
    head = ("call, ms", "full, median", "full, p95", "alone, median", "alone, p95", "p95 by p95")
    text = (
        f"{lists.photos:,} photos of {OWNERS:,} owners on one PostgreSQL as its wheel configures it, beside "
        "a database with one owner alone. Calls go in turn to each, through the services as processes. "
        f"{READ} owners are read, at random: all stories, or 200 photos from anywhere in their years. Their "
        "rows are sealed; those of the others have the same sizes, and most of the others allow no more than "
        f"to be stored. The full database takes {lists.bytes_full / 1e9:.1f} GB; an owner who allows "
        f"everything takes {lists.bytes_a_photo / 1e3:.1f} kB a photo, with indexes and the audit log."
    )
    return "\n\n".join(["### Full tables", text, grid(head, rows)])


def _workers(workers: Shared) -> str:
    pairs = zip(workers.one, workers.two, strict=True)
    rows = [(f"round {n}", f"{one:.1f}", f"{two:.1f}") for n, (one, two) in enumerate(pairs, 1)]
    text = (
        f"The inference service with models that sleep {PICTURE_S * 1e3:.0f} ms for a picture, as if they "
        "waited for a GPU, for this machine has no cores for two with real ones. 16 streams, balanced by "
        f"the client. One worker does {workers.of_possible:.2f} of what its models could."
    )
    return "\n\n".join(["### Two inference workers", text, grid(("photos/s", "one", "two"), rows)])


def _bus(bus: Carried) -> str:
    rows = [(name, f"{ms:.1f}") for name, ms in bus.core_ms.items()]
    rows.append(("all", f"{sum(bus.core_ms.values()):.1f}"))
    text = (
        "One PostgreSQL, one NATS, and a process for each stage, whose work is nothing but to say what "
        f"follows, in a transaction of its own: {MESSAGES} rows of the outbox for each photo. As many as it "
        f"takes: {bus.rate:.0f} photos/s, {bus.rate * MESSAGES:.0f} messages/s. A million owners with 20 "
        f"photos a day are {EXPECTED:.0f} photos/s, ten times that {10 * EXPECTED:.0f}. While "
        f"{bus.steady:.0f} photos/s come, one is through all stages in {bus.lag(50) * 1e3:.0f} ms (median), "
        f"{bus.lag(95) * 1e3:.0f} ms (p95)."
    )
    return "\n\n".join(["### The bus", text, grid(("process", "core ms a photo"), rows)])


def main() -> None:
    """Print the tables and the goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=int, default=10_000_000, help="in the full tables: 2.3 GB a million")
    parser.add_argument("--messages", type=int, default=5_000, help="photos of a round on the bus")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    if options.photos < _LEAST:
        parser.error(f"--photos takes {_LEAST:,} or more")
    with tempfile.TemporaryDirectory(prefix="storyroll-bench-") as folder:
        report = measured(Path(folder), options.photos, options.messages)
    text = markdown(report)
    print(text)
    if options.write:
        write_section("scale", _COMMAND, text)
    print(*goals(report), sep="\n")


if __name__ == "__main__":
    main()
