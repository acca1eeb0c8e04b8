"""The driver's end of a worker: a process pinned to its cores that answers one line with one line."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Sequence
from contextlib import AbstractContextManager, suppress
from pathlib import Path
from typing import Any

from tests.bench.preprocessing.contenders import Contender
from tests.bench.preprocessing.environments import NotInstalled, python_of

_ROOT = Path(__file__).parents[3]
_ONE_THREAD = {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


class Failed(Exception):
    """A contender cannot do what it was asked; the message is one line that says why."""


class WorkerProcess(AbstractContextManager["WorkerProcess"]):
    """A contender at work.

    Args:
        contender: Whom to start.
        folder: Where the environments of peers are kept.
        cores: The cores that it may use.

    Raises:
        Failed: It does not install.
    """

    def __init__(self, contender: Contender, folder: Path, cores: Sequence[int]) -> None:
        try:
            python = python_of(contender.peer, folder / "peers")
        except NotInstalled as reason:
            raise Failed(str(reason)) from reason
        pinned = ",".join(map(str, cores))
        module = f"{__package__}.worker"
        self._process = subprocess.Popen(
            [str(python), "-m", module, contender.module, contender.factory, pinned],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=_ROOT,
            env=os.environ | _ONE_THREAD,
        )

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send a request and wait for the reply.

        Raises:
            Failed: The library raised an error, or ended the process.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        try:
            self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
            self._process.stdin.flush()
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        reply: dict[str, Any] = json.loads(line) if line else {"error": "the process died"}
        if "error" in reply:
            raise Failed(reply["error"])
        return reply

    def __exit__(self, *_: object) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait()
        self._process.stdout.close()
