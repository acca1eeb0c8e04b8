"""The yardsticks of the vision benchmark: load, CPU time, ratios, the document."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from inference_core.observe import Stage
from tests.bench.vision import table
from tests.bench.vision.contenders import CALLERS, CURVES, FULL_ONLY, MOST, SCALED, Way
from tests.bench.vision.cpu import tree_seconds
from tests.bench.vision.goals import goals
from tests.bench.vision.load import closed_loop, open_loop
from tests.bench.vision.results import Report

_BURN = """
import time
while time.process_time() < 0.3:
    pass
print(flush=True)
input()
"""


async def test_callers_look_at_every_photo_once_and_one_at_a_time_each() -> None:
    seen: list[int] = []
    busy = most = 0

    async def look(number: int) -> None:
        nonlocal busy, most
        busy += 1
        most = max(most, busy)
        await asyncio.sleep(0.001)
        seen.append(number)
        busy -= 1

    assert await closed_loop(look, callers=3, photos=10) > 0.003
    assert sorted(seen) == list(range(10))
    assert most == 3


async def test_photos_that_arrive_while_the_program_hangs_have_waited() -> None:
    async def look(number: int) -> None:
        if number == 0:
            time.sleep(0.2)  # noqa: ASYNC251

    seconds = await open_loop(look, rate=200, photos=10)
    assert len(seconds) == 10
    assert seconds[1] > 0.1


def test_the_time_of_other_processes_counts() -> None:
    before = tree_seconds()
    with subprocess.Popen([sys.executable, "-c", _BURN], stdin=-1, stdout=-1, text=True) as child:
        assert child.stdout is not None
        child.stdout.readline()
        taken = tree_seconds() - before
        child.communicate("\n")
    assert taken >= 0.25


def test_ratios_are_those_of_one_round() -> None:
    report = _report()
    report.rates[Way.LOCAL, MOST] = [8.0, 1.0, 9.0]
    report.rates[Way.BARE, MOST] = [10.0, 1.0, 20.0]
    assert report.rate(Way.LOCAL) == 8.0
    assert report.ratio(Way.LOCAL, Way.BARE) == 0.8


def test_goals_say_ok_or_short() -> None:
    lines = goals(_report())
    assert lines[0] == "goal vision-in-process-vs-bare-models: 0.80 (want >= 0.9) short"
    assert lines[2] == "goal vision-in-process-two-cores: 2.00 (want >= 1.8) ok"
    assert len(lines) == 6


def test_the_document_keeps_the_sections_of_others(tmp_path: Path) -> None:
    document = tmp_path / "benchmarks.md"
    document.write_text("# Benchmarks\n\nOthers.\n", encoding="utf-8")
    table.write(_report(), document)
    once = document.read_text(encoding="utf-8")
    table.write(_report(), document)
    assert document.read_text(encoding="utf-8") == once
    assert once.startswith("# Benchmarks\n\nOthers.\n")
    assert "| in process | 8.0 | 8.0 | 8.0 | 8.0 | 8.0 | 0.80 |" in once
    assert "| in process | 4.0 | 500 | 500 |" in once
    assert "No GPU was at hand." in once


@pytest.mark.parametrize("way", Way)
def test_every_way_is_measured_with_most_callers(way: Way) -> None:
    assert way in (*CURVES, *FULL_ONLY)


def _report() -> Report:
    """A report in which the bare models do 10 photos a second, all else 8, and one core half of it."""
    rates = {(way, callers): [10.0 if way is Way.BARE else 8.0] for way in Way for callers in CALLERS}
    return Report(
        rounds=1,
        rates=rates,
        one_core={(way, MOST): [4.0] for way in SCALED},
        latencies={way: [0.5, 0.5] for way in CURVES},
        cpu={way: [0.1] for way in Way},
        batches={way: Counter({1: 3, 2: 1}) for way in Way},
        stages={way: [{Stage.DECODE: 0.01}] for way in Way},
    )
