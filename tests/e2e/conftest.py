"""The real command line, the real server in a process of its own, real models."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from inference_core.models.build import list_models

START_TIMEOUT = 60.0
"""Seconds."""


class Storyroll:
    """`storyroll` on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.environment = os.environ | {
            "STORYROLL_DATA": str(self.data),
            "STORYROLL_STATE": str(folder / "state"),
        }
        self._log = folder / "server.log"
        self._server: subprocess.Popen[bytes] | None = None
        self._listen = "127.0.0.1:0"

    def start(self, *options: str) -> str:
        """Start the server, on the same port as before; return its address."""
        address = self.data / "server.address"
        address.unlink(missing_ok=True)
        with self._log.open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "services.cli.main", "up", "--listen", self._listen, *options],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not address.exists():
            assert self._server.poll() is None, self._log.read_text()
            assert time.monotonic() < deadline, self._log.read_text()
            time.sleep(0.05)
        self._listen = address.read_text()
        return self._listen

    def kill(self) -> None:
        """End the server as a power cut would."""
        assert self._server is not None
        self._server.kill()
        self._server.wait()
        self._server = None

    def stop(self) -> int:
        """Ask the server to stop; return its exit status."""
        if self._server is None:
            return 0
        self._server.terminate()
        status = self._server.wait(60)
        self._server = None
        return status

    def begin(self, *arguments: str) -> subprocess.Popen[str]:
        """Begin a command."""
        return subprocess.Popen(
            [sys.executable, "-m", "services.cli.main", *arguments],
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, status: int = 0) -> str:
        """Run a command that ends with this status; return what it prints, errors included."""
        command = self.begin(*arguments)
        out, err = command.communicate(timeout=280)
        assert command.returncode == status, out + err + self._log.read_text()[-4000:]
        return out + (err if status else "")


@pytest.fixture
def storyroll(tmp_path: Path) -> Iterator[Storyroll]:
    """A `storyroll` of its own, stopped at the end; skipped where the models are not built."""
    missing = [model.spec.name for model in list_models() if not (model.path or model.spec.optional)]
    if missing:
        pytest.skip(f"models are not built: {', '.join(missing)} (run `storyroll models build`)")
    command = Storyroll(tmp_path)
    yield command
    command.stop()
