"""What an installation needs, from what was measured and what is assumed: the tables of docs/capacity.md.

Run: python -m tests.bench.capacity [--owners N] [--photos-a-day N] [--write]; so for every assumption.
"""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Final, NamedTuple

from tests.bench.document import grid, write_section

PAGE: Final = Path(__file__).parents[2] / "docs" / "capacity.md"
COMMAND: Final = "make capacity"
_DAY_S: Final = 86_400
_MONTH_H: Final = 730
_DAYS: Final = 365


@dataclass(frozen=True)
class Assumed:
    """What nobody measured: how people use it, what machines cost. Prices are in dollars, and rough."""

    owners: float = 1_000_000
    photos_a_day: float = 20
    """Of each owner."""
    photo_mb: float = 4.0
    years: float = 1.0
    """That the installation has run: libraries and stores grow with it."""
    peak: float = 3.0
    """Busiest hour by mean hour."""
    used: float = 0.6
    """How much of a pod's cores is used in the busiest hour."""
    plans_a_day: float = 2.0
    """Of each owner: one when the day begins, and one after uploads that settled."""
    views_a_day: float = 3.0
    """Pages of stories or photos that each owner looks at."""
    renderings_a_day: float = 0.3
    """Of each owner, most of them collages."""
    gpu_photos_s: float = 250.0
    """Photos a second of one GPU, all models: not measured, for none was at hand."""
    database_besides: float = 3.0
    """What PostgreSQL does for a photo besides its messages, by what it does for them: records and facets."""
    database_tb: float = 4.0
    """Of one PostgreSQL, before backups and vacuums become a burden."""
    core_hour: float = 0.04
    gpu_hour: float = 0.80
    blob_gb_month: float = 0.021
    disk_gb_month: float = 0.10
    put_million: float = 5.0
    """A million writes to S3."""


@dataclass(frozen=True)
class Measured:
    """Core milliseconds, unless said otherwise, and where they are from."""

    upload: float = 26.0
    """A photo of 4 MB to S3, in the service: docs/benchmarks.md, Uploads."""
    describe: float = 33.6
    """A photo in metadata: python -m tests.bench.scale.stages."""
    look: float = 32.0
    """A photo in the inference service, models apart: decoding, tensors, chips, heads, and Triton's client
    and server: docs/benchmarks.md, Vision (120 on Triton less 88 of models)."""
    models: float = 88.0
    """A photo, the models on a CPU: docs/benchmarks.md, Vision."""
    bus_services: float = 7.8
    """A photo's messages, in the services of all stages: docs/benchmarks.md, Scale."""
    bus_database: float = 3.1
    """The same in PostgreSQL."""
    bus_queue: float = 1.3
    """The same in NATS."""
    read_photo: float = 0.24
    """A photo of a library that is read to be planned: python -m tests.bench.scale.stages."""
    plan_photo: float = 0.04
    """A photo of a library that is planned from nothing: the same."""
    view: float = 28.0
    """A page of 200 photos or of all stories: docs/benchmarks.md, Scale (median, alone, both calls)."""
    render: float = 3000.0
    """A collage of nine: python -m tests.bench.bench_rendering; wall time of a busy machine."""
    row_kb: float = 11.6
    """Kilobytes of the database for a photo of an owner who allows everything: docs/benchmarks.md, Scale."""
    read_database: float = 0.01
    """What PostgreSQL spends for it: the same."""


class Need(NamedTuple):
    """One line of the table."""

    what: str
    cores: float
    """In the busiest hour, used."""
    pod: float
    """Cores of one pod."""


@dataclass(frozen=True)
class Plan:
    """What is needed."""

    assumed: Assumed
    measured: Measured = Measured()

    @property
    def mean(self) -> float:
        """Return photos a second."""
        return self.assumed.owners * self.assumed.photos_a_day / _DAY_S

    @property
    def busiest(self) -> float:
        """Return photos a second in the busiest hour."""
        return self.mean * self.assumed.peak

    @property
    def library(self) -> float:
        """Return photos of an owner."""
        return self.assumed.photos_a_day * _DAYS * self.assumed.years

    @property
    def needs(self) -> list[Need]:
        """Return the pods."""
        a, m = self.assumed, self.measured
        photo, owner = self.busiest / 1e3, a.owners * a.peak / _DAY_S / 1e3
        planned = owner * a.plans_a_day * self.library
        reading = planned * m.read_database
        return [
            Need("upload", photo * (m.upload + m.bus_services / 4), 2),
            Need("metadata", photo * (m.describe + m.bus_services / 4), 2),
            Need("inference, models apart", photo * (m.look + m.bus_services / 4), 4),
            Need("scheduler", planned * (m.read_photo + m.plan_photo) + photo * m.bus_services / 4, 4),
            Need("suggestion", owner * (a.views_a_day * m.view + a.renderings_a_day * m.render), 4),
            Need("PostgreSQL", photo * m.bus_database * (1 + a.database_besides) + reading, 16),
            Need("NATS", photo * m.bus_queue, 4),
        ]

    @property
    def owners_a_core(self) -> float:
        """Return how many owners a core of the scheduler plans that works day and night."""
        each = self.library * (self.measured.read_photo + self.measured.plan_photo) / 1e3
        return _DAY_S / (self.assumed.plans_a_day * each)

    @property
    def gpus(self) -> int:
        """Return how many look at the photos of the busiest hour."""
        return math.ceil(self.busiest / self.assumed.gpu_photos_s / self.assumed.used)

    @property
    def database_tb(self) -> float:
        """Return what the catalog has grown to."""
        return self.assumed.owners * self.library * self.measured.row_kb / 1e9

    @property
    def databases(self) -> int:
        """Return into how many servers owners are divided for that."""
        return math.ceil(self.database_tb / self.assumed.database_tb)

    @property
    def blobs_tb(self) -> float:
        """Return what originals have grown to."""
        return self.assumed.owners * self.library * self.assumed.photo_mb / 1e6


def pods(plan: Plan) -> str:
    """Return the table of pods."""
    rows = []
    for need in plan.needs:
        cores = need.cores / plan.assumed.used
        count = max(2, math.ceil(cores / need.pod))
        rows.append((need.what, f"{need.cores:,.0f}", f"{count:,} × {need.pod:g}"))
    cpu = plan.busiest * plan.measured.models / 1e3
    rows.append(("models on GPUs", "", f"{plan.gpus:,} GPUs"))
    rows.append(("models on CPUs instead", f"{cpu:,.0f}", f"{math.ceil(cpu / plan.assumed.used / 8):,} × 8"))
    return grid(("", "cores used, busiest hour", "pods × cores"), rows)


def stores(plan: Plan) -> str:
    """Return the table of stores."""
    a = plan.assumed
    days = a.years * _DAYS
    rows = [
        ("originals in S3", f"{plan.blobs_tb:,.0f} TB", f"{plan.blobs_tb / days:,.0f} TB"),
        ("catalog in PostgreSQL", f"{plan.database_tb:,.0f} TB", f"{plan.database_tb / days * 1e3:,.0f} GB"),
        ("PostgreSQL servers", f"{plan.databases:,}", ""),
    ]
    return grid(("", f"after {a.years:g} years of this", "a day"), rows)


def money(plan: Plan) -> str:
    """Return the table of what a month costs."""
    a = plan.assumed
    # Pods follow the load: over a day they need what the mean hour needs.
    cores = sum(need.cores for need in plan.needs) / a.peak / a.used
    puts = plan.mean * _MONTH_H * 3600 / 1e6
    costs = {
        "cores, scaled with the load": cores * a.core_hour * _MONTH_H,
        "GPUs, scaled with the load": plan.gpus / a.peak * a.gpu_hour * _MONTH_H,
        "PostgreSQL's disks, each twice": 2 * plan.database_tb * 1e3 * a.disk_gb_month,
        "S3, originals": plan.blobs_tb * 1e3 * a.blob_gb_month,
        "S3, writes": puts * a.put_million,
    }
    rows = [(what, f"{cost:,.0f}", f"{cost / a.owners:.3f}") for what, cost in costs.items()]
    total = sum(costs.values())
    rows.append(("all", f"{total:,.0f}", f"{total / a.owners:.3f}"))
    return grid(("$ a month", "all", "an owner"), rows)


def assumptions(values: Assumed | Measured) -> str:
    """Return what the tables rest on."""
    rows = [(field.name, f"{getattr(values, field.name):,.10g}") for field in fields(values)]
    return grid(("", ""), rows)


def section(plan: Plan) -> str:
    """Return everything."""
    return "\n\n".join(
        [
            f"{plan.mean:,.0f} photos a second in the mean, {plan.busiest:,.0f} in the busiest hour; after "
            f"{plan.assumed.years:g} years an owner has {plan.library:,.0f}. A scheduler's core plans "
            f"{plan.owners_a_core:,.0f} owners.",
            pods(plan),
            stores(plan),
            money(plan),
            "Assumed (each an option of `python -m tests.bench.capacity`):",
            assumptions(plan.assumed),
            "Measured (core milliseconds, but for the kilobytes of a row):",
            assumptions(plan.measured),
        ]
    )


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables, or write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    for field in fields(Assumed):
        option = f"--{field.name.replace('_', '-')}"
        parser.add_argument(option, type=float, default=field.default, metavar=f"{field.default:g}")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/capacity.md")
    options = vars(parser.parse_args(arguments))
    write = options.pop("write")
    text = section(Plan(Assumed(**options)))
    print(text)
    if write:
        write_section("capacity", COMMAND, text, PAGE)


if __name__ == "__main__":
    main()
