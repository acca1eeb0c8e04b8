"""The processes of a stack, found as anybody would find them who looks at the machine."""

from __future__ import annotations

import os
from pathlib import Path


def processes(folder: Path) -> dict[int, str]:
    """The command line of every process that was started for this data folder."""
    found = {}
    for place in Path("/proc").glob("[0-9]*"):
        try:
            about = (place / "environ").read_bytes() + (place / "cmdline").read_bytes()
            if str(folder).encode() in about and int(place.name) != os.getpid():
                found[int(place.name)] = (place / "cmdline").read_bytes().replace(b"\0", b" ").decode()
        except (FileNotFoundError, ProcessLookupError, PermissionError):
            continue
    return found


def main_process(folder: Path, word: str) -> int | None:
    """The process whose program or module has the word, not one that it started; None between two."""
    found = {pid for pid, line in processes(folder).items() if word in line.split(" --")[0]}
    first = [pid for pid in found if _parent(pid) not in found]
    return min(first, default=None)


def children(pid: int) -> list[int]:
    """The processes that a process started, whatever they call themselves."""
    others = [int(place.name) for place in Path("/proc").glob("[0-9]*")]
    return [other for other in others if _parent(other) == pid]


def _parent(pid: int) -> int:
    try:
        about = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return 0
    return int(about.rpartition(")")[2].split()[1])  # a program's name may hold anything, brackets too
