"""`make chaos`: nothing that was acknowledged is lost, whoever is killed and whatever breaks."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from dataclasses import asdict
from pathlib import Path
from typing import Final

from tests.chaos.disk import enter_namespace
from tests.chaos.goals import FINDINGS, goal
from tests.chaos.run import S3, Report, run

_PHOTOS_FOR_EACH_KILL: Final = 20
_MOST_PHOTOS: Final = 5000
"""What a small disk holds."""


def main() -> int:
    """Run, print what happened and the goals; return 1 where one falls short."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos", description=__doc__)
    parser.add_argument("--kills", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--where", choices=("folder", S3, "both"), default="both")
    parser.add_argument("--limit", action="store_true", help="fill the disk by a limit, not by a mount")
    chosen = parser.parse_args()
    if not chosen.limit:
        enter_namespace()
    places = ("folder", S3) if chosen.where == "both" else (chosen.where,)
    # Both are tried with the seed that is named, so that each can be had again alone.
    short = [_tried(where, chosen.kills // len(places), chosen.seed, limit=chosen.limit) for where in places]
    return int(any(short))


def _tried(where: str, kills: int, seed: int, *, limit: bool) -> bool:
    """Run once; tell whether a goal fell short."""
    print(f"blobs in {where}, {kills} kills, seed {seed}", flush=True)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="storyroll-chaos-"))
    print(f"its logs are in {folder}", flush=True)
    most = min(kills * _PHOTOS_FOR_EACH_KILL, _MOST_PHOTOS)
    report = asyncio.run(run(folder, where, kills, seed, most_photos=most, limit=limit))
    print(_told(report, time.monotonic() - began))
    lines = [goal(f"kills done, {where}", report.kills, kills, least=True)]
    lines.append(
        goal(f"photos acknowledged in the storm, {where}", report.in_the_storm, kills // 5, least=True)
    )
    figures = asdict(report.findings)
    lines += [goal(f"{words}, {where}", figures[name], 0) for name, words in FINDINGS.items()]
    lines.append(goal(f"errors that nobody foresaw, {where}", len(report.complaints), 0))
    print("\n".join(lines), flush=True)
    short = any(line.endswith("short") for line in lines)
    if not short:
        shutil.rmtree(folder)
    return short


def _told(report: Report, seconds: float) -> str:
    happened = ", ".join(f"{what} {count} x" for what, count in sorted(report.counts.items()))
    return "\n".join(
        [
            f"{report.photos} photos, {report.acknowledged} acknowledged ({report.in_the_storm} in the "
            f"storm), in {seconds:.0f} s",
            happened,
            *report.complaints[:5],
        ]
    )


if __name__ == "__main__":
    sys.exit(main())
