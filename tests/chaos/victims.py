"""Who is killed and paused: the server, the client and the store, each started again at once."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import socket
import sys
from abc import ABC, abstractmethod
from asyncio.subprocess import Process
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from inference_core.serving import leash
from inference_core.serving.backoff import BackOff
from services.adapters.loopback import free_ports
from services.adapters.seaweedfs.install import SEAWEEDFS
from services.adapters.seaweedfs.server import SeaweedServer

ROOT: Final = Path(__file__).resolve().parents[2]
_UNFORESEEN: Final = (" ERROR ", "Traceback", "unexpected:")
READY: Final = 180.0
"""Seconds: on a machine that does much else, imports alone have taken one minute."""


class Victim(ABC):
    """A process that others rely on."""

    name: str
    life: float
    """Seconds that it is at work, at most, before it is struck: such that all die until the end."""

    @property
    @abstractmethod
    def pid(self) -> int | None:
        """The process, while it lives."""

    @abstractmethod
    async def ready(self) -> None:
        """Wait until it does its work."""

    @abstractmethod
    async def revive(self) -> None:
        """Start it again after its death."""

    def signal(self, number: signal.Signals) -> bool:
        """Send a signal; tell whether there was anybody to get it."""
        pid = self.pid
        with contextlib.suppress(ProcessLookupError):
            if pid is not None:
                os.kill(pid, number)
                return True
        return False


class Program(Victim):
    """A program of ours, which dies with us; what it says is in a file."""

    def __init__(self, name: str, log: Path, environment: Mapping[str, str], *command: str) -> None:
        self.name = name
        self.life = 3.0
        self.log = log
        self._environment = os.environ | environment
        self._command = command
        self._process: Process | None = None
        self._said_before = 0

    @property
    def pid(self) -> int | None:
        """The process, while it lives."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def start(self, *more: str) -> Process:
        """Start it, with more arguments if need be."""
        leashed = ("-I", "-S", leash.__file__, str(os.getpid()), sys.executable)
        with self.log.open("ab") as log:
            self._said_before = log.tell()
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, *leashed, *self._command, *more),
                cwd=ROOT,
                env=self._environment,
                stdout=log,
                stderr=log,
            )
        return self._process

    async def ready(self) -> None:
        """Wait until it is at work; one that ended is started again: it may have found the disk full."""
        async with asyncio.timeout(READY):
            while not self.at_work():
                if self.pid is None:
                    await self.revive()
                await asyncio.sleep(0.1)

    def at_work(self) -> bool:
        """Tell whether it has said anything since it was started."""
        return self.log.stat().st_size > self._said_before

    async def revive(self) -> None:
        """Start it again after its death."""
        if self._process:
            await self._process.wait()
        await self.start()

    async def end(self, number: signal.Signals = signal.SIGTERM) -> int:
        """End it; return its status."""
        assert self._process is not None
        self.signal(number)
        return await asyncio.wait_for(self._process.wait(), READY)

    def complaints(self) -> list[str]:
        """Return what it logged of errors that nobody foresaw."""
        lines = self.log.read_text(errors="replace").splitlines()
        return [line for line in lines if any(sign in line for sign in _UNFORESEEN)]


class Server(Program):
    """`storyroll up`, on a port that stays the same."""

    def __init__(self, data: Path, log: Path, environment: Mapping[str, str], *options: str) -> None:
        (self.port,) = free_ports(1)
        command = ("-m", "services.cli.main", "up", "--listen", f"127.0.0.1:{self.port}", *options)
        super().__init__("server", log, {**environment, "STORYROLL_DATA": str(data)}, *command)
        self.life = 6.0

    def at_work(self) -> bool:
        """Tell whether it takes connections."""
        with socket.socket() as probe:
            probe.settimeout(1.0)
            return probe.connect_ex(("127.0.0.1", self.port)) == 0


class Store(Victim):
    """A SeaweedFS."""

    name = "store"
    life = 15.0

    def __init__(self, server: SeaweedServer) -> None:
        self._server = server

    @property
    def pid(self) -> int | None:
        """The process, while it lives."""
        return self._server.pid

    async def ready(self) -> None:
        """Wait until it takes objects."""
        await self._server.ready()

    async def revive(self) -> None:
        """Wait for another life of it: its keeper sees to that."""
        async with asyncio.timeout(READY):
            while self.pid is None:  # noqa: ASYNC110 - its keeper does not tell
                await asyncio.sleep(0.05)


@asynccontextmanager
async def running_store(folder: Path) -> AsyncIterator[tuple[Store, SeaweedServer]]:
    """Run a SeaweedFS for as long as the block lasts, started again at once however often it dies."""
    program = await asyncio.to_thread(SEAWEEDFS.install)
    server = await asyncio.to_thread(SeaweedServer, program, folder)
    async with server.process.kept(BackOff(first=0.1, most=0.2)):
        await server.ready()
        yield Store(server), server
