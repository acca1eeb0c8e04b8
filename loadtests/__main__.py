"""Loads a stack of its own: `python -m loadtests --users 20 --minutes 1`."""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

_START_S: Final = 240.0
_STOP_S: Final = 90.0
_STACK: Final = ("--stack",)
_PLAIN: Final = ("--blobs", "seaweedfs")
"""One process; direct uploads want an S3."""


def main() -> int:
    """Start the server, load it, end it; return locust's exit status, which says whether limits were held."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory(prefix="storyroll-load-") as folder:
        environment = os.environ | {
            "STORYROLL_DATA": folder,
            # Every owner here is somebody who syncs a burst at once.
            "STORYROLL_UPLOAD_PHOTOS_A_MINUTE": "6000",
            "STORYROLL_LOAD_PACE": str(arguments.pace),
        }
        options = _PLAIN if arguments.plain else _STACK
        with _server(Path(folder), environment, options) as address:
            return subprocess.run(_locust(arguments, address), env=environment, check=False).returncode


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m loadtests", description=__doc__)
    parser.add_argument("--users", type=int, default=20)
    parser.add_argument("--minutes", type=float, default=1.0)
    parser.add_argument("--pace", type=float, default=1.0, help="how much faster than in loadtests/pace.py")
    parser.add_argument("--plain", action="store_true", help="one process in the place of the stack")
    parser.add_argument("--report", type=Path, default=Path("load-report.html"))
    return parser.parse_args()


@contextmanager
def _server(folder: Path, environment: dict[str, str], options: Sequence[str]) -> Iterator[str]:
    log = folder / "server.log"
    command = ["storyroll", "up", "--listen", "127.0.0.1:0", *options]
    with log.open("wb") as file:
        server = subprocess.Popen(command, env=environment, stdout=file, stderr=file)
    try:
        yield _address(folder, server, log)
    finally:
        server.send_signal(signal.SIGTERM)
        server.wait(_STOP_S)


def _address(folder: Path, server: subprocess.Popen[bytes], log: Path) -> str:
    address, deadline = folder / "server.address", time.monotonic() + _START_S
    while not address.exists():
        if server.poll() is not None or time.monotonic() > deadline:
            sys.exit(f"the server did not start:\n{log.read_text()}")
        time.sleep(0.1)
    return address.read_text().strip()


def _locust(arguments: argparse.Namespace, address: str) -> list[str]:
    return [
        *(sys.executable, "-m", "locust", "-f", "loadtests/locustfile.py", "--headless", "--only-summary"),
        *(
            "--host",
            address,
            "--users",
            str(arguments.users),
            "--spawn-rate",
            str(max(1, arguments.users / 10)),
        ),
        *("--run-time", f"{arguments.minutes * 60:.0f}s", "--stop-timeout", "30"),
        *("--html", str(arguments.report)),
    ]


if __name__ == "__main__":
    sys.exit(main())
