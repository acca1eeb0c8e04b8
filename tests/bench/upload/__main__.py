"""Photos from a folder into the vault: hashed, sent over gRPC, verified, sealed, durable; beside peers.

Run: python -m tests.bench.upload [--rounds N] [--write]
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterable, Iterator
from importlib.metadata import version

import numpy as np

from tests.bench.document import circumstances, grid, write_section
from tests.bench.timing import goal
from tests.bench.upload.measure import (
    BARE,
    CLIENTS,
    COPY,
    DISK,
    LOCATED,
    MANY,
    PHOTOS,
    S3,
    SMALL,
    WAYS,
    Report,
    Spent,
    measured,
)
from tests.bench.upload.photos import PHOTO_BYTES

_COMMAND = "make bench-upload"


def goals(report: Report) -> list[str]:
    """Return one line for each goal."""
    (_, early), *_, (_, late) = report.resident
    return [
        *(goal(f"upload-s3-vs-bare-client-{n}", report.ratio(S3, BARE, n), 0.8) for n in CLIENTS),
        goal("upload-check-hashes-a-second", report.checked, 50_000),
        goal("upload-memory-flat", early / late, 0.9),
    ]


def markdown(report: Report) -> str:
    """Return everything that was measured."""
    rates = [
        (
            way,
            *(f"{report.rate(way, n):.1f}" for n in CLIENTS),
            *(f"{_megabytes(report, way, n):.0f}" for n in CLIENTS),
        )
        for way in WAYS
    ]
    head = ("way", *(f"photos/s, {n} client(s)" for n in CLIENTS), *(f"MB/s, {n} client(s)" for n in CLIENTS))
    times = [
        (way, *(f"{q:.0f}" for q in np.percentile(seconds, (50, 95)) * 1e3))
        for way, seconds in report.latencies.items()
    ]
    packages = {name: version(name) for name in ("grpcio", "minio", "cryptography")}
    return "\n\n".join(
        [
            "## Uploads",
            circumstances(_COMMAND, report.rounds, packages)
            + f"\n- load of the machine: {os.getloadavg()[1]:.1f} on {os.cpu_count()} cores",
            f"{PHOTOS} photos of {PHOTO_BYTES / 1e6:g} MB a turn, four at a time from each client; clients, "
            "servers and SeaweedFS share the machine. A sync hashes each photo, asks, and sends it; "
            "the server verifies, looks for coordinates, seals and commits. With coordinates and without "
            "LOCATION, it seals twice.",
            grid(head, rates),
            _ratios(report),
            "CPU milliseconds of a photo, all processes of each, in the turns with one client:",
            grid(("way", *Spent._fields), [(way, *_rounded(report.cpu(way))) for way in WAYS]),
            "One photo after the other, hashing included:",
            grid(("way", "median ms", "p95 ms"), times),
            f"CheckAssets: {report.checked:,.0f} hashes a second, half of them known.",
            f"Memory of the server while {MANY} photos of {SMALL // 1000} kB come in: "
            + ", ".join(f"{size / 2**20:.0f} MiB after {count}" for count, size in report.resident)
            + ".",
        ]
    )


def _ratios(report: Report) -> str:
    pairs = ((S3, BARE), (DISK, COPY), (BARE, COPY), (LOCATED, DISK))
    lines = [
        f"- {own} by {other}: " + ", ".join(f"{report.ratio(own, other, n):.2f} ({n})" for n in CLIENTS)
        for own, other in pairs
    ]
    return "\n".join(lines)


def _rounded(figures: Iterable[float]) -> Iterator[str]:
    return (f"{figure:.1f}" for figure in figures)


def _megabytes(report: Report, way: str, clients: int) -> float:
    return report.rate(way, clients) * PHOTO_BYTES / 1e6


def main() -> None:
    """Print the tables and the goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    report = measured(options.rounds)
    text = markdown(report)
    print(text)
    if options.write:
        write_section("upload", _COMMAND, text)
    print(*goals(report), sep="\n")


if __name__ == "__main__":
    main()
