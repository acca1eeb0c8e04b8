"""CPU time of a process and all that it started: what a busy machine cannot change much."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

_TICK = 1 / os.sysconf("SC_CLK_TCK")
# Fields of /proc/<pid>/stat after the name: see proc(5).
_PARENT, _USER, _SYSTEM = 1, 11, 12


def tree_seconds() -> float:
    """Return the CPU seconds that this process and its living descendants have taken so far."""
    children: dict[int, list[int]] = defaultdict(list)
    taken: dict[int, float] = {}
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            fields = (entry / "stat").read_text(encoding="utf-8").rpartition(")")[2].split()
        except OSError:
            # It has ended meanwhile.
            continue
        children[int(fields[_PARENT])].append(int(entry.name))
        taken[int(entry.name)] = (int(fields[_USER]) + int(fields[_SYSTEM])) * _TICK
    return _total(os.getpid(), children, taken)


def _total(root: int, children: dict[int, list[int]], taken: dict[int, float]) -> float:
    return taken.get(root, 0.0) + sum(_total(child, children, taken) for child in children[root])
