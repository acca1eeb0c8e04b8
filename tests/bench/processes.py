"""A process that answers one line of JSON with one line: what it does cannot disturb its neighbours."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Self

ROOT = Path(__file__).parents[2]

ONE_THREAD = {"VIPS_CONCURRENCY": "1", "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
"""Keeps libraries from threads of their own: who is measured says how many there are."""


class Failed(Exception):
    """A process cannot do what it was asked; the message is one line that says why."""


class Answering:
    """The driver's end of such a process; leaving the block ends it.

    Args:
        command: What to run, in the root of the repository.
        environment: Beside that of this process.
    """

    def __init__(self, command: Sequence[str], environment: Mapping[str, str] = ONE_THREAD) -> None:
        self._process = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            cwd=ROOT,
            env={**os.environ, **environment},
        )

    def __enter__(self) -> Self:
        return self

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def ask(self, do: str, **request: Any) -> dict[str, Any]:
        """Send a request and wait for the reply.

        Raises:
            Failed: The request raised an error, or ended the process.
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


async def answer(worker: object, replies: IO[str]) -> None:
    """The process's own end: answer each line of standard input by the worker's method that it names."""
    while line := await asyncio.to_thread(sys.stdin.readline):
        request = json.loads(line)
        try:
            reply = await getattr(worker, request["do"])(request)
        except Exception as error:
            reply = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(reply), file=replies, flush=True)
