"""A bounded pool of worker processes that survives whatever its workers do.

Isolation here is against accidents (a codec that crashes, hangs or allocates without end), not
against a codec that an attacker has taken over: results are unpickled.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from types import TracebackType
from typing import Any, Self, TypeVar, TypeVarTuple

from inference_core.errors import IsolatedCrash, WorkersUnavailable
from inference_core.isolation.channel import Channel

Arguments = TypeVarTuple("Arguments")
T = TypeVar("T")

_GIB = 1 << 30
_LEAST_MEMORY = _GIB // 2
_START_TIMEOUT = 60.0
_DYING_TIMEOUT = 5.0
_NO_START = "a worker process could not start; is this machine out of memory or of processes?"
_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[1]); "
    "from inference_core.isolation.worker import serve; "
    "serve(int(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))"
)


class IsolatedPool:
    """Runs module-level functions in worker processes.

    Workers start when first needed and are replaced when they are lost. Threads of the pool drive
    them, so the pool belongs to no event loop, and a cancelled call blocks nobody. (The threads live
    as long as the pool; on Linux a child asks to be killed when the *thread* that made it ends.)

    Args:
        workers: How many processes at most.
        memory_limit: Bytes of address space for each worker.
        timeout: Seconds for one call, after which its worker is killed.
    """

    def __init__(self, workers: int = 2, memory_limit: int = 4 * _GIB, timeout: float = 60.0) -> None:
        if memory_limit < _LEAST_MEMORY:
            raise ValueError(f"an isolated worker needs at least {_LEAST_MEMORY} bytes of memory")
        self._memory_limit = memory_limit
        self._timeout = timeout
        self._threads = ThreadPoolExecutor(workers, thread_name_prefix="isolated")
        self._lock = threading.Lock()
        self._idle: list[_Worker] = []
        self._busy: set[_Worker] = set()
        self._closed = False

    async def run(self, function: Callable[[*Arguments], T], *args: *Arguments) -> T:
        """Call `function` in a worker and return its result.

        Function, arguments and result must be picklable; arrays come back in shared memory.

        Raises:
            IsolatedCrash: The worker died, took too long or ran out of memory.
            WorkersUnavailable: No worker could be started.
            Exception: Whatever the function itself raises.
        """
        loop = asyncio.get_running_loop()
        result: T = await loop.run_in_executor(self._threads, self._call, function, args)
        return result

    def close(self) -> None:
        """Kill all workers; calls that still run end with `IsolatedCrash`."""
        with self._lock:
            self._closed = True
            workers = [*self._idle, *self._busy]
            self._idle.clear()
        for worker in workers:
            worker.kill()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def _call(self, function: Callable[..., object], arguments: tuple[object, ...]) -> Any:
        worker = self._take()
        try:
            succeeded, result = worker.call((function, arguments), self._timeout)
        except BaseException:
            self._drop(worker)
            raise
        if isinstance(result, MemoryError):
            # What the failed call left allocated would fail the next one.
            self._drop(worker)
            raise IsolatedCrash("reading this needs too much memory") from result
        self._give_back(worker)
        if not succeeded:
            raise result
        return result

    def _take(self) -> _Worker:
        with self._lock:
            while self._idle:
                worker = self._idle.pop()
                if worker.alive():
                    self._busy.add(worker)
                    return worker
                worker.kill()
        worker = _Worker(self._memory_limit)
        with self._lock:
            if not self._closed:
                self._busy.add(worker)
                return worker
        worker.kill()
        raise IsolatedCrash("the service is shutting down")

    def _give_back(self, worker: _Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
            if not self._closed:
                self._idle.append(worker)
                return
        worker.kill()

    def _drop(self, worker: _Worker) -> None:
        with self._lock:
            self._busy.discard(worker)
        worker.kill()


class _Worker:
    """One process and the channel to it."""

    def __init__(self, memory_limit: int) -> None:
        ours, theirs = socket.socketpair()
        self._channel = Channel(ours)
        try:
            with theirs:
                self._process = _start(theirs.fileno(), memory_limit)
        except OSError as error:
            self._channel.close()
            raise WorkersUnavailable(_NO_START) from error
        try:
            self._channel.receive(_START_TIMEOUT)
        except (EOFError, OSError) as error:
            self.kill()
            raise WorkersUnavailable(_NO_START) from error

    def alive(self) -> bool:
        return self._process.poll() is None

    def call(self, request: object, timeout: float) -> tuple[bool, Any]:
        try:
            self._channel.send(request, timeout)
            answer: tuple[bool, Any] = self._channel.receive(timeout)
        except TimeoutError as error:
            raise IsolatedCrash(f"reading this takes longer than {timeout:g} s") from error
        except (EOFError, OSError) as error:
            raise IsolatedCrash(f"the decoder crashed ({self._last_words()})") from error
        return answer

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()
        self._channel.close()

    def _last_words(self) -> str:
        try:
            code = self._process.wait(_DYING_TIMEOUT)
            return signal.Signals(-code).name
        except subprocess.TimeoutExpired:
            return "it no longer answers"
        except ValueError:
            return f"exit status {code}"


def _start(descriptor: int, memory_limit: int) -> subprocess.Popen[bytes]:
    """Start an interpreter of our own: `multiprocessing` would run the caller's main module again."""
    limits = [str(descriptor), str(memory_limit), str(os.getpid())]
    return subprocess.Popen(  # noqa: S603 - this interpreter with our own code
        [sys.executable, "-W", "ignore", "-c", _BOOT, json.dumps(sys.path), *limits],
        pass_fds=[descriptor],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
    )
