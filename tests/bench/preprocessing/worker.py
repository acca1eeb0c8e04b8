"""One library in a process of its own, driven by lines of JSON: a library cannot disturb its neighbours.

Runs in the environment of that library, which need not hold this project's dependencies.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np

from tests.bench.preprocessing.libraries.layout import Decoder, Outputs
from tests.bench.preprocessing.tasks import TASKS

Request = dict[str, Any]
Reply = dict[str, Any]

_KIB = 1024


class Worker:
    """Answers the requests of the driver.

    Args:
        module: The module of `libraries` to measure.
        factory: The function of it that makes decoders.
    """

    def __init__(self, module: str, factory: str) -> None:
        self._make = getattr(importlib.import_module(f"{__package__}.libraries.{module}"), factory)
        self._decoders: dict[str, Decoder] = {}
        self._photos: list[tuple[bytes, int]] = []
        self._decode: Decoder | None = None

    def load(self, request: Request) -> Reply:
        """Read the photos that the following requests are about."""
        task = request["task"]
        if task not in self._decoders:
            self._decoders[task] = self._make(TASKS[task])
        self._decode = self._decoders[task]
        files = [Path(name).read_bytes() for name in request["files"]]
        self._photos = list(zip(files, request["shrinks"], strict=True))
        return {}

    def save(self, request: Request) -> Reply:
        """Write the outputs of every photo to a file, which warms the library up as well."""
        made = self._all()
        arrays: dict[str, Any] = {
            f"{photo} {i}": array for photo, many in enumerate(made) for i, array in enumerate(many)
        }
        np.savez(request["path"], **arrays)
        return {}

    def cpu(self, request: Request) -> Reply:
        """Measure the CPU seconds of one photo, over all threads of the process."""
        started = time.process_time()
        for _ in range(request["repeats"]):
            self._all()
        spent = time.process_time() - started
        return {"seconds": spent / request["repeats"] / len(self._photos)}

    def threads(self, request: Request) -> Reply:
        """Measure the wall seconds of all photos on one thread and on several."""
        with ThreadPoolExecutor(request["threads"]) as pool:
            list(pool.map(self._one, self._photos))
            several = _wall(lambda: list(pool.map(self._one, self._photos)))
        return {"one": _wall(self._all), "several": several}

    def wall(self, _request: Request) -> Reply:
        """Measure the wall seconds of all photos, one after the other."""
        return {"seconds": _wall(self._all)}

    def memory(self, _request: Request) -> Reply:
        """Measure how far the resident memory rises above what it was, in bytes."""
        Path("/proc/self/clear_refs").write_text("5", encoding="ascii")
        before = _status("VmRSS")
        self._all()
        return {"bytes": max(_status("VmHWM") - before, 0)}

    def _all(self) -> Sequence[Outputs]:
        return [self._one(photo) for photo in self._photos]

    def _one(self, photo: tuple[bytes, int]) -> Outputs:
        if self._decode is None:
            raise RuntimeError("photos must be loaded first")
        return self._decode(*photo)


def _wall(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _status(field: str) -> int:
    """Return a size of this process in bytes."""
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) * _KIB for line in lines if line.startswith(field))


def _answer(worker: Worker | None, error: str, line: str) -> Reply:
    if worker is None:
        return {"error": error}
    request = json.loads(line)
    try:
        reply: Reply = getattr(worker, request["do"])(request)
    except Exception as failure:
        return {"error": _reason(failure)}
    return reply


def _reason(failure: Exception) -> str:
    return (str(failure).strip() or type(failure).__name__).splitlines()[0]


def main() -> None:
    """Serve the library and the cores that the command line names, until standard input ends."""
    module, factory, cores = sys.argv[1:]
    os.sched_setaffinity(0, {int(core) for core in cores.split(",")})
    # Libraries write to standard output as they please; the replies need it for themselves.
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker, error = None, ""
    try:
        worker = Worker(module, factory)
    except Exception as failure:
        error = _reason(failure)
    for line in sys.stdin:
        print(json.dumps(_answer(worker, error, line)), file=replies, flush=True)


if __name__ == "__main__":
    main()
