"""`make chaos-stack`: whoever of a stack dies, nothing is lost, nothing is done twice, and it goes on."""

from __future__ import annotations

import argparse
import asyncio
import secrets
import shutil
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from tests.chaos.goals import FINDINGS, goal
from tests.chaos.stack.run import ROLLING, Report, run
from tests.conftest import photo_folder

_RECOVERY_S: Final = 30.0


def main() -> int:
    """Run, print what happened and the goals; return 1 where one falls short."""
    parser = argparse.ArgumentParser(prog="python -m tests.chaos.stack", description=__doc__)
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--seed", type=int, default=secrets.randbelow(1 << 32))
    parser.add_argument("--untimed", action="store_true", help="late work is told, but fails no run")
    chosen = parser.parse_args()
    print(f"the stack, {chosen.kills} kills, seed {chosen.seed}", flush=True)
    began = time.monotonic()
    folder = Path(tempfile.mkdtemp(prefix="storyroll-chaos-"))
    print(f"its logs are in {folder}", flush=True)
    portraits = tuple(sorted((photo_folder() / "faces").glob("*.jpg")))
    report = asyncio.run(run(folder, chosen.kills, chosen.seed, portraits))
    print(_told(report, time.monotonic() - began))
    timed, lines = _recoveries(report), _goals(report, chosen.kills)
    print("\n".join(timed + lines), flush=True)
    judged = lines if chosen.untimed else timed + lines
    short = any(line.endswith("short") for line in judged)
    if not short:
        shutil.rmtree(folder)
    return int(short)


def _told(report: Report, seconds: float) -> str:
    happened = ", ".join(f"{what} {count} x" for what, count in sorted(report.counts.items()))
    calls = ", ".join(
        f"{report.load.failed[phase]} of {count} while {phase}" for phase, count in report.load.calls.items()
    )
    return "\n".join(
        [
            f"{report.photos} photos, {report.acknowledged} acknowledged, in {seconds:.0f} s",
            happened,
            f"calls that failed: {calls}",
            *report.load.said[:10],
            *report.complaints[:5],
        ]
    )


def _recoveries(report: Report) -> list[str]:
    """Return the goals that a machine misses, too, which does much else: every start is late there."""
    return [
        goal(f"seconds until work goes on, {struck}", round(max(seconds), 1), _RECOVERY_S)
        for struck, seconds in report.recoveries.items()
    ]


def _goals(report: Report, kills: int) -> list[str]:
    lines = [goal("kills done", report.kills, kills, least=True)]
    lines.append(goal("calls that failed in a rolling restart", report.load.failed[ROLLING], 0))
    for name, words in FINDINGS.items():
        lines.append(goal(words, sum(getattr(found, name) for found in report.findings), 0))
    lines.append(goal("errors that nobody foresaw", len(report.complaints), 0))
    return lines


if __name__ == "__main__":
    sys.exit(main())
