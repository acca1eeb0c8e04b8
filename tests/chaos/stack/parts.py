"""A stack, and its parts: each a process that can be killed, and whose connections can be cut."""

from __future__ import annotations

import asyncio
import contextlib
import ctypes
import os
import signal
import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from services.adapters.loopback import free_ports
from tests.chaos.stack.probes import Work
from tests.chaos.victims import READY, Program
from tests.stack_processes import children, main_process

_PIDFD_GETFD: Final = 438


@dataclass(frozen=True, slots=True)
class Part:
    """One process of the stack."""

    name: str
    word: str
    """What its command line is known by."""
    needed_for: Work
    """What does not go on without it."""


STORES: Final = (
    Part("postgresql", "bin/postgres -D", Work.STORIES),
    Part("seaweedfs", "bin/weed mini", Work.ANALYSIS),
    Part("nats", "bin/nats-server", Work.STORIES),
)
TRITON: Final = Part("triton", "bin/tritonserver", Work.ANALYSIS)
ENTRY: Final = Part("envoy", "bin/envoy", Work.BROWSING)
SERVICES: Final = (
    Part("consent", "-m services.consent", Work.CONSENT),
    Part("upload", "-m services.upload", Work.UPLOAD),
    Part("metadata", "-m services.metadata", Work.BROWSING),
    Part("inference", "-m services.inference", Work.ANALYSIS),
    Part("suggestion", "-m services.suggestion", Work.BROWSING),
    Part("scheduler", "-m services.scheduler", Work.STORIES),
    Part("gateway", "-m services.gateway", Work.PAGE),
)


class Stack(Program):
    """`storyroll up --stack`, over a folder of its own."""

    def __init__(self, data: Path, log: Path, environment: Mapping[str, str]) -> None:
        (self.port,) = free_ports(1)
        self.data = data
        command = ("-m", "services.cli.main", "up", "--stack", "--listen", f"127.0.0.1:{self.port}")
        super().__init__("stack", log, {**environment, "STORYROLL_DATA": str(data)}, *command)

    def at_work(self) -> bool:
        """Tell whether every service was ready."""
        return (self.data / "server.address").exists()

    def process(self, part: Part) -> int | None:
        """Return the process of a part; None between two."""
        return main_process(self.data, part.word)

    async def strike(self, part: Part, number: signal.Signals) -> int:
        """Send a signal to a part, as soon as there is one; return the process that got it."""
        async with asyncio.timeout(READY):
            while True:
                pid = self.process(part)
                with contextlib.suppress(ProcessLookupError):
                    if pid is not None:
                        os.kill(pid, number)
                        return pid
                await asyncio.sleep(0.05)

    def starts(self, part: Part) -> int:
        """Return how often a service said that it was ready."""
        log = self.data / "services" / part.name / "service.log"
        return log.read_text(errors="replace").count(" with Ctrl-C") if log.exists() else 0

    def cut(self, part: Part) -> int:
        """End all connections of a part, whatever they carry; return how many.

        A descriptor of each is taken over and shut down: both sides see the other one gone, in the middle of
        whatever they say, as where a network fails.
        """
        first = self.process(part)
        if first is None:
            return 0
        count = 0
        for pid in (first, *children(first)):  # PostgreSQL has a process for each connection
            with contextlib.suppress(ProcessLookupError, FileNotFoundError):
                count += sum(_shut_down(connection) for connection in _sockets(pid))
        return count


def _sockets(pid: int) -> Iterator[socket.socket]:
    libc = ctypes.CDLL(None, use_errno=True)
    process = os.pidfd_open(pid)
    try:
        for entry in Path(f"/proc/{pid}/fd").iterdir():
            with contextlib.suppress(FileNotFoundError):
                if entry.readlink().name.startswith("socket:"):
                    taken = libc.syscall(_PIDFD_GETFD, process, int(entry.name), 0)
                    if taken >= 0:
                        with socket.socket(fileno=taken) as connection:
                            yield connection
    finally:
        os.close(process)


def _shut_down(connection: socket.socket) -> bool:
    """End one that leads to another process; without any address it is a process's talk with itself."""
    try:
        if not connection.getpeername() and not connection.getsockname():
            return False
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        return False
    return True
