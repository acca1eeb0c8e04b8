"""Preprocessing beside every library that could do it instead.

Run: python -m tests.bench.preprocessing [--write]
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from inference_core.models.cache import default_cache
from tests.bench.preprocessing.contenders import CONTENDERS
from tests.bench.preprocessing.environments import NotInstalled, python_of
from tests.bench.preprocessing.goals import goals
from tests.bench.preprocessing.measure import compare, peak_memory, split_gain, thread_scaling
from tests.bench.preprocessing.results import Report, Workload
from tests.bench.preprocessing.samples import all_samples
from tests.bench.preprocessing.table import markdown, write
from tests.bench.preprocessing.tasks import CROP, CROP_AND_LETTERBOX

_TWO_OUTPUTS = frozenset({"12 MP", "48 MP", "10-16 MP, real", "1280 x 960"})
"""The samples that two outputs are made of as well."""


def measured(folder: Path, rounds: int) -> Report:
    """Measure everything."""
    samples = {sample.name: sample for sample in all_samples(folder)}
    comparisons = []
    for sample in samples.values():
        for task in (CROP, CROP_AND_LETTERBOX) if sample.name in _TWO_OUTPUTS else (CROP,):
            print(f"measuring {sample.name} to {task.name} ...", file=sys.stderr)
            comparisons.append(compare(Workload(sample, task), folder, rounds))
    memory = peak_memory(samples["48 MP"], samples["640 x 480"], folder, rounds=3)
    scaling = thread_scaling(samples["12 MP"], folder, 3 * rounds)
    split = split_gain(samples["48 MP"], folder, 3 * rounds)
    return Report(tuple(comparisons), memory, scaling, split, rounds)


def install(folder: Path) -> None:
    """Make the environment of every peer, saying which cannot be had here."""
    for peer in dict.fromkeys(contender.peer for contender in CONTENDERS if contender.peer):
        try:
            print(f"{peer}: {python_of(peer, folder / 'peers').parent.parent}")
        except NotInstalled as reason:
            print(f"{peer}: {reason}")


def main() -> None:
    """Print the tables and the goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7, help="how often everything is measured")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    parser.add_argument("--install", action="store_true", help="only install the peers")
    options = parser.parse_args()
    folder = default_cache().parent / "bench"
    if options.install:
        install(folder)
        return
    report = measured(folder, options.rounds)
    print(markdown(report))
    if options.write:
        write(report)
        print("\n".join(goals(report)))


if __name__ == "__main__":
    main()
