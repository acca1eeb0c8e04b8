"""`storyroll` on one data folder: the server in a process of its own, and the commands that speak to it."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from services.cli.library import all_assets
from services.cli.session import open_session, token_source
from services.domain.identity import OwnerId
from services.rpc.data_folder import DataFolder
from tests.e2e.owner import Owner

START_TIMEOUT = 180.0
"""Seconds: on a machine that does much else, imports and a model server have taken one minute."""


class Storyroll:
    """`storyroll` on one data folder."""

    def __init__(self, folder: Path) -> None:
        self.data = folder / "data"
        self.environment = os.environ | {
            "STORYROLL_DATA": str(self.data),
            "STORYROLL_STATE": str(folder / "state"),
        }
        self.log = folder / "server.log"
        self._server: subprocess.Popen[bytes] | None = None
        self._listen = "127.0.0.1:0"

    def start(self, *options: str) -> str:
        """Start the server, on the same port as before; return its address."""
        address = self.data / "server.address"
        address.unlink(missing_ok=True)
        with self.log.open("ab") as log:
            self._server = subprocess.Popen(
                [sys.executable, "-m", "services.cli.main", "up", "--listen", self._listen, *options],
                env=self.environment,
                stdout=log,
                stderr=log,
            )
        deadline = time.monotonic() + START_TIMEOUT
        while not address.exists():
            assert self._server.poll() is None, self.log.read_text()
            assert time.monotonic() < deadline, self.log.read_text()
            time.sleep(0.05)
        self._listen = address.read_text()
        return self._listen

    @property
    def address(self) -> str:
        """Where the server listens, or did before it was killed."""
        return self._listen

    @property
    def pid(self) -> int:
        """The process that serves; fails where it has ended."""
        assert self._server is not None
        assert self._server.poll() is None, self.log.read_text()
        return self._server.pid

    def complaints(self) -> list[str]:
        """Return what the server logged of errors that nobody foresaw."""
        lines = self.log.read_text().splitlines()
        signs = (" ERROR ", '"severity": "ERROR"')
        return [line for line in lines if line.startswith("Traceback") or any(sign in line for sign in signs)]

    def stored(self, owner: OwnerId = OwnerId("me")) -> int:
        """Return how many assets the server shows to their owner."""

        async def count() -> int:
            token = token_source(DataFolder(self.data), owner)
            async with open_session(self.address, token) as session:
                return len([asset async for asset in all_assets(session)])

        return asyncio.run(count())

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
        assert command.returncode == status, out + err + self._said()[-4000:]
        return out + (err if status else "")

    def _said(self) -> str:
        return self.log.read_text() if self.log.exists() else ""

    def json(self, *arguments: str) -> Any:
        """Run a command and return the JSON that it prints."""
        return json.loads(self.run(*arguments, "--json"))

    def token(self, owner: str) -> Callable[[], str]:
        """Return what makes tokens of this owner."""
        return token_source(DataFolder(self.data), owner)

    @asynccontextmanager
    async def owner(self, name: str) -> AsyncIterator[Owner]:
        """Speak to the server as this owner."""
        async with open_session(self._listen, self.token(name)) as session:
            yield Owner(session)
