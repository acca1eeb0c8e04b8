"""Fuzz the services over gRPC: every request message, several calls at a time, and uploads.

Run: python -m tests.fuzz_rpc [--seconds 3600] [--blobs folder|seaweedfs]
What fails is printed as the smallest example that was found, and tried again by the next run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import traceback
from collections.abc import Iterator
from pathlib import Path

from services.adapters.blob_host import FOLDER, SEAWEEDFS, BlobHost
from tests.fuzz_rpc.house import House, open_house
from tests.fuzz_rpc.rounds import Test, each_alone, several_together, uploads

_EXAMPLES = 100


def _round(house: House) -> Iterator[Test]:
    yield from each_alone(house, _EXAMPLES)
    yield several_together(house, _EXAMPLES)
    yield uploads(house, _EXAMPLES)
    yield lambda: house.run(house.check())


def fuzz(house: House, seconds: float) -> bool:
    """Go round after round until the time is over; return whether nothing was found."""
    end = time.monotonic() + seconds
    while True:
        for test in _round(house):
            if time.monotonic() >= end:
                house.run(house.check())
                return True
            try:
                test()
            except BaseException:
                traceback.print_exc()
                return False


def main() -> int:
    """Fuzz; exit with 1 where something was found."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--blobs", choices=(FOLDER, SEAWEEDFS), default=FOLDER)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, open_house(Path(folder), BlobHost(options.blobs)) as house:
        found_nothing = fuzz(house, options.seconds)
        print(
            f"{house.ends.total()} calls: " + ", ".join(f"{n} {code}" for code, n in house.ends.most_common())
        )
    return int(not found_nothing)


if __name__ == "__main__":
    sys.exit(main())
