"""A process and all that it started: the CPU time they have taken, and the cores that they may run on."""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the name: see proc(5).
_PARENT, _USER, _SYSTEM = 1, 11, 12


def tree_seconds(root: int | None = None) -> float:
    """Return the CPU seconds that a process (None: this one) and its living descendants have taken so far."""
    return sum(
        (int(fields[_USER]) + int(fields[_SYSTEM])) * _TICK for _, fields in _tree(root or os.getpid())
    )


def tree_cores() -> set[int]:
    """Return every core that a thread of this process or of a living descendant may run on."""
    cores: set[int] = set()
    for process, _ in _tree(os.getpid()):
        for thread in Path(f"/proc/{process}/task").glob("*"):
            try:
                cores |= os.sched_getaffinity(int(thread.name))
            except ProcessLookupError:
                # It has ended meanwhile.
                continue
    return cores


def _tree(root: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the number and the fields of /proc/<pid>/stat of each process."""
    children: dict[int, list[int]] = defaultdict(list)
    told: dict[int, list[str]] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            continue
        children[int(fields[_PARENT])].append(int(entry.name))
        told[int(entry.name)] = fields
    todo = [root] if root in told else []
    while todo:
        process = todo.pop()
        yield process, told[process]
        todo.extend(children[process])
