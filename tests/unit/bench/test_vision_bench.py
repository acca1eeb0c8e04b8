"""The yardsticks of the vision benchmark: load, CPU time, ratios, the document."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from inference_core.observe import Stage
from tests.bench.devices import graphics_processors
from tests.bench.processes import ROOT
from tests.bench.vision import table
from tests.bench.vision.contenders import CALLERS, CURVES, FULL_ONLY, MOST, SCALED, Way
from tests.bench.vision.cpu import tree_cores, tree_seconds
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

_STRAY = """
import os, threading
from tests.bench.vision.cpu import tree_cores
ours, end = os.sched_getaffinity(0), threading.Event()
os.sched_setaffinity(0, {min(ours)})
print(sorted(tree_cores()))
os.sched_setaffinity(0, ours)
threading.Thread(target=end.wait).start()
os.sched_setaffinity(0, {min(ours)})
print(sorted(tree_cores()))
end.set()
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


def test_without_triton_the_rest_is_measured_and_its_goals_are_short() -> None:
    report = _report()
    for way in (Way.SHARED, Way.TENSORS):
        report.absent[way] = "Triton's wheel needs glibc 2.35 or later."
        for measured in (report.rates, report.one_core):
            for key in [key for key in measured if key[0] is way]:
                del measured[key]
        for told in (report.latencies, report.cpu, report.batches, report.stages):
            told.pop(way)
    text = table.markdown(report)
    assert "Triton, shared memory could not be measured: Triton's wheel needs glibc 2.35 or later." in text
    assert "| in process | 8.0 |" in text
    assert "| Triton" not in text
    assert "goal vision-in-process-vs-bare-models: 0.80 (want >= 0.9) short" in text
    assert "goal vision-triton-vs-bare-models: nan (want >= 0.85) short" in text
    assert "goal vision-triton-two-cores: nan (want >= 1.8) short" in text


def test_the_document_says_which_gpu_there_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert graphics_processors(tmp_path) == []
    monkeypatch.setattr(table, "graphics_processors", list)
    assert "No GPU was at hand: all figures are a CPU's" in table.markdown(_report())
    (tmp_path / "0000:01:00.0").mkdir()
    (tmp_path / "0000:01:00.0" / "information").write_text(
        "Model: \t NVIDIA L4\nIRQ: \t 24\n", encoding="utf-8"
    )
    monkeypatch.setattr(table, "graphics_processors", lambda: graphics_processors(tmp_path))
    assert "There is a GPU (NVIDIA L4), which none of these ways uses" in table.markdown(_report())


@pytest.mark.skipif(sys.platform != "linux", reason="affinity as Linux has it")
def test_a_thread_that_is_not_pinned_is_seen() -> None:
    ours = os.sched_getaffinity(0)
    assert tree_cores() == ours
    said = subprocess.check_output([sys.executable, "-c", _STRAY], cwd=ROOT, text=True)
    assert said.splitlines() == [str([min(ours)]), str(sorted(ours))]


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
