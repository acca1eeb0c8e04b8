"""What runs and what lies in memory, as the system tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

from inference_core.serving.server import State, TritonServer

MEMORY = Path("/dev/shm")


def living(group: int) -> list[int]:
    """The processes of a group, without those that have ended and that nobody has waited for."""
    return [pid for pid, (state, _, owner) in _processes() if int(owner) == group and state not in "ZX"]


def children(parent: int, program: str) -> list[int]:
    """The processes that `parent` has started and that run this program."""
    found = [pid for pid, (_, owner, _) in _processes() if int(owner) == parent]
    return [pid for pid in found if Path(command_of(pid)[0]).name == program]


def command_of(pid: int) -> list[str]:
    return Path(f"/proc/{pid}/cmdline").read_text().split("\0")


def listening(pid: int) -> set[str]:
    """The inodes of the TCP sockets on which a process listens."""
    listening = "0A"
    tables = [Path(f"/proc/{pid}/net/{kind}").read_text().splitlines()[1:] for kind in ("tcp", "tcp6")]
    sockets = {line.split()[9] for table in tables for line in table if line.split()[3] == listening}
    held = {str(link.readlink()) for link in Path(f"/proc/{pid}/fd").iterdir()}
    return {inode for inode in sockets if f"socket:[{inode}]" in held}


def in_memory(server: TritonServer) -> list[Path]:
    """What a server has in shared memory: its folder and its stubs' regions."""
    return sorted(MEMORY.glob(f"{Path(server.address.removeprefix('unix:')).parent.name}*"))


async def until(holds: Callable[[], bool], seconds: float = 30.0) -> None:
    """Wait until something holds; fails after so long."""
    async with asyncio.timeout(seconds):
        while not holds():
            await asyncio.sleep(0.05)


async def back(server: TritonServer, before: int) -> None:
    """Wait until another process than `before` serves."""
    await until(lambda: server.state is State.READY and server.pid != before)


def _processes() -> list[tuple[int, list[str]]]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            found.append((int(path.parent.name), path.read_text().rpartition(")")[2].split()[:3]))
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found
