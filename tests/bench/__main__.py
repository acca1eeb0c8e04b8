"""`python -m tests.bench`: every benchmark in a process of its own, and at the end the goals of all."""

from __future__ import annotations

import subprocess
import sys

BENCHES = (
    "preprocessing",
    "vision",
    "upload",
    "bench_planning",
    "bench_people",
    "bench_rendering",
    "whole_path",
)


def run(bench: str) -> tuple[list[str], bool]:
    """Run one, printing what it says; return its goals, and whether it ended well."""
    print(f"\n{bench}", flush=True)
    goals = []
    command = [sys.executable, "-m", f"tests.bench.{bench}"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("goal "):
                goals.append(line.rstrip())
            else:
                print(line, end="", flush=True)
    return goals, process.returncode == 0


def main() -> None:
    """Run all; a goal that falls short fails nothing, a benchmark that breaks does."""
    ended = {bench: run(bench) for bench in BENCHES}
    print("\ngoals", *(goal for goals, _ in ended.values() for goal in goals), sep="\n")
    if broken := [bench for bench, (_, well) in ended.items() if not well]:
        sys.exit(f"did not end well: {', '.join(broken)}")


if __name__ == "__main__":
    main()
