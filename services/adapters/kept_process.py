"""A server of our own: it dies with us, and is started again when it ends."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from inference_core.serving import leash
from inference_core.serving.backoff import BackOff
from services.domain.errors import Unavailable

_log = logging.getLogger(__name__)

_STOPPING_S: Final = 10.0
_POLL_S: Final = 0.05


class KeptProcess:
    """One program, kept running.

    Args:
        title: Its name, for the log.
        command: The program and its arguments.
        log: The file that it writes to.
        environment: What it finds in its environment beside ours.
        stop: The signal that ends it in order.
        patience: Seconds that it may take to end; then it is killed.
        without: Variables of our environment that it does not find in its own.
    """

    def __init__(
        self,
        title: str,
        command: Sequence[str],
        log: Path,
        environment: Mapping[str, str] | None = None,
        stop: signal.Signals = signal.SIGTERM,
        *,
        patience: float = _STOPPING_S,
        without: Iterable[str] = (),
    ) -> None:
        self._title = title
        self._command = command
        self._log = log
        self._environment = environment or {}
        self._stop = stop
        self._patience = patience
        self._without = frozenset(without)
        self._process: Process | None = None

    @property
    def pid(self) -> int | None:
        """The process that runs, or None between two."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def answering(self, asked: Callable[[], Awaitable[bool]], seconds: float) -> None:
        """Ask until it answers; raise Unavailable when that takes more than so many seconds."""
        try:
            async with asyncio.timeout(seconds):
                while not await asked():  # noqa: ASYNC110 - it does not tell
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise Unavailable(f"{self._title} does not answer; see {self._log}") from None

    @asynccontextmanager
    async def kept(self, backoff: BackOff | None = None) -> AsyncIterator[None]:
        """Run it, again whenever it ends and as soon as `backoff` says, for as long as the block lasts."""
        keeping = asyncio.create_task(self._keep(backoff or BackOff()))
        try:
            yield
        finally:
            keeping.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await keeping

    async def _keep(self, backoff: BackOff) -> None:
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            self._process = await self._start()
            try:
                status = await self._process.wait()
            finally:
                await self._end(self._process)
            _log.warning("%s ended with status %d; it is started again", self._title, status)
            await asyncio.sleep(backoff.after(loop.time() - began))

    async def _start(self) -> Process:
        inherited = {name: value for name, value in os.environ.items() if name not in self._without}
        with self._log.open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), *self._command),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env={**inherited, **self._environment},
                start_new_session=True,
            )

    async def _end(self, process: Process) -> None:
        if process.returncode is not None:
            return
        process.send_signal(self._stop)
        try:
            async with asyncio.timeout(self._patience):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
