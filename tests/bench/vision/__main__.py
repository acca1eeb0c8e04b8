"""The whole analysis of photos, in process and on Triton, beside the bare models and a peer.

Run: python -m tests.bench.vision [--write]
"""

from __future__ import annotations

import argparse
import sys

from tests.bench.processes import Failed
from tests.bench.vision.goals import goals
from tests.bench.vision.measure import measured
from tests.bench.vision.table import markdown, write


def main() -> None:
    """Print the tables and the goals."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is measured")
    parser.add_argument("--write", action="store_true", help="put the tables into docs/benchmarks.md")
    options = parser.parse_args()
    try:
        report = measured(options.rounds)
    except Failed as reason:
        sys.exit(f"vision cannot be measured here: {reason}")
    print(markdown(report))
    if options.write:
        write(report)
        print("\n".join(goals(report)))


if __name__ == "__main__":
    main()
