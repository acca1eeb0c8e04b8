"""Services as processes of their own, over one database."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.bench.processes import ROOT

_READY = "storyroll is ready at "


class Running(NamedTuple):
    """A service that runs."""

    address: str
    """host:port."""
    pid: int


@contextmanager
def service(module: str, folder: Path, environment: Mapping[str, str]) -> Iterator[Running]:
    """Run a module that serves for as long as the block lasts; raise RuntimeError where it does not start.

    Args:
        module: Is run by `python -m`.
        folder: What is short-lived goes into one of its own below; `keys` there are those of all.
        environment: Settings.
    """
    home = folder / module.replace(".", "-")
    home.mkdir(mode=0o700)
    keys = folder / "keys"
    keys.mkdir(mode=0o700, exist_ok=True)
    (home / "keys").symlink_to(keys)
    own = {"STORYROLL_DATA": str(home), "STORYROLL_LISTEN": "127.0.0.1:0"}
    log = home / "service.log"
    with log.open("wb") as errors:
        process = subprocess.Popen(
            [sys.executable, "-m", module],
            env=os.environ | own | dict(environment),
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
        )
    assert process.stdout is not None
    try:
        said = process.stdout.readline()
        if not said.startswith(_READY):
            raise RuntimeError(said + log.read_text()[-4000:])
        yield Running(said.removeprefix(_READY).partition(",")[0], process.pid)
    finally:
        process.terminate()
        process.wait()
        process.stdout.close()
