"""Fuzz the JPEG decoder: memory and arithmetic under sanitizers, coefficients against libjpeg.

Run: python -m tests.fuzz [--seconds 3600]
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from tests.fuzz.corpus import LONGEST, write_corpus
from tests.fuzz.engine import Engine, Missing, find_engine
from tests.fuzz.toolchain import DECODE, DECODER, DIFFERENTIAL, Target, build

_TARGETS = (DECODE, DIFFERENTIAL)
_SECONDS_FOR_ONE = 10
_MEGABYTES = 2048


@dataclass(frozen=True, slots=True)
class Session:
    """Where and how to fuzz.

    Attributes:
        engine: What mutates the inputs.
        decoder: The folder of the decoder's C files.
        home: Where binaries, the corpus and findings are kept: a corpus grows from run to run.
    """

    engine: Engine
    decoder: Path
    home: Path

    def build(self) -> dict[Target, Path]:
        """Compile every target; one that lacks something is left out, and said to be."""
        built = {}
        for target in _TARGETS:
            try:
                built[target] = build(target, self.decoder, self.engine, self.home)
            except Missing as reason:
                print(f"{target.name} is skipped: {reason}")
        return built

    def run(self, target: Target, binary: Path, seconds: int) -> bool:
        """Fuzz, print what was done, and return whether nothing was found."""
        corpus = self.home / f"corpus-{target.name}"
        start = write_corpus(corpus)
        findings = self.home / f"findings-{target.name}"
        findings.mkdir(exist_ok=True)
        begun = time.monotonic()
        done = self._fuzz(binary, corpus, findings, seconds)
        took = time.monotonic() - begun
        executions = re.search(r"number_of_executed_units: (\d+)", done.stderr)
        print(f"{target.name}: {executions[1] if executions else 'no'} executions in {took:.0f} s, "
              f"corpus of {start} files grown to {sum(1 for _ in corpus.iterdir())}")  # fmt: skip
        print(self.coverage(target, corpus) if self.engine.coverage else _edges(done.stderr))
        if done.returncode:
            print(done.stderr[-6000:], f"the file is in {findings}", sep="\n")
        return done.returncode == 0

    def coverage(self, target: Target, corpus: Path) -> str:
        """Return which part of each of the decoder's files the corpus reaches."""
        profdata, cov = self.engine.tool("llvm-profdata"), self.engine.tool("llvm-cov")
        if profdata is None or cov is None:
            return "coverage: llvm-profdata and llvm-cov are not installed"
        binary = build(target, self.decoder, self.engine, self.home, coverage=True)
        raw, merged = self.home / f"{target.name}.profraw", self.home / f"{target.name}.profdata"
        _quietly(
            [str(binary), "-runs=0", f"-artifact_prefix={self.home}/", str(corpus)],
            os.environ | {"LLVM_PROFILE_FILE": str(raw)},
        )
        _quietly([profdata, "merge", str(raw), "-o", str(merged)])
        report = _quietly([cov, "report", str(binary), f"-instr-profile={merged}", str(self.decoder)])
        return "\n".join(_lines_covered(report.stdout))

    def _fuzz(
        self, binary: Path, corpus: Path, findings: Path, seconds: int
    ) -> subprocess.CompletedProcess[str]:
        return _quietly(
            [
                str(binary), f"-max_total_time={seconds}", f"-max_len={LONGEST}", "-print_final_stats=1",
                f"-timeout={_SECONDS_FOR_ONE}", f"-rss_limit_mb={_MEGABYTES}", "-detect_leaks=1",
                f"-artifact_prefix={findings}/", str(corpus),
            ]
        )  # fmt: skip


def _quietly(command: list[str], env: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, capture_output=True, text=True, errors="replace", check=False, env=env)


def _edges(said: str) -> str:
    found = re.search(r"stat::edges: (\d+)", said)
    return f"  {found[1]} edges between basic blocks" if found else "  coverage unknown"


def _lines_covered(report: str) -> list[str]:
    """Return name and covered lines from llvm-cov's table of regions, functions, lines and branches."""
    rows = [line.split() for line in report.splitlines()]
    return [
        f"  {row[0]:14} {row[9]:>8} of {row[7]} lines" for row in rows if len(row) >= 10 and row[1].isdigit()
    ]


def main() -> int:
    """Fuzz every target; exit with 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=3600, help="for all targets together")
    parser.add_argument("--decoder", type=Path, default=DECODER, help="the folder of the C files")
    parser.add_argument("--require", action="store_true", help="fail rather than skip what cannot be built")
    options = parser.parse_args()
    home = Path(platformdirs.user_cache_dir("storyroll")) / "fuzz"
    try:
        session = Session(find_engine(), options.decoder, home)
    except Missing as reason:
        print(f"fuzzing is skipped: {reason}")
        return int(options.require)
    print(f"fuzzing with {session.engine.name} ({session.engine.compiler})")
    built = session.build()
    seconds = options.seconds // max(len(built), 1)
    found_nothing = [session.run(target, binary, seconds) for target, binary in built.items()]
    lacking = options.require and len(built) < len(_TARGETS)
    return int(lacking or not all(found_nothing))


if __name__ == "__main__":
    sys.exit(main())
