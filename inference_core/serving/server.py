"""A Triton server of our own, kept alive.

A server may abort, hang, or lose the process of a model and say that all is well. So its processes are
watched, and a real inference is asked of every model in turn. A model that does not answer is loaded again;
where that does not help, the whole group is ended and started anew, after a delay that grows. Callers see
latency or a broken connection meanwhile; the address stays.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from enum import StrEnum
from pathlib import Path

from inference_core.engines.triton.client import TritonClient
from inference_core.serving.backoff import BackOff
from inference_core.serving.errors import ServerFailed
from inference_core.serving.guard import Guard, Watch
from inference_core.serving.install import Installation
from inference_core.serving.probe import probed_models
from inference_core.serving.process import ServerProcess
from inference_core.serving.runtime import RuntimeFolder

_log = logging.getLogger(__name__)

_KEY = "storyroll"
_HEADER = f"triton-grpc-protocol-{_KEY}"


class State(StrEnum):
    """What a server is doing."""

    STARTING = "starting"
    READY = "ready"
    LOST = "lost"
    """It has ended; after a delay it is started again."""
    STOPPED = "stopped"


class TritonServer:
    """A running server; made by `open`.

    Args:
        installation: See `open`.
        repository: See `open`.
        log: See `open`.
        watch: See `open`.
        folder: Where it listens.
    """

    def __init__(
        self, installation: Installation, repository: Path, log: Path, watch: Watch, folder: RuntimeFolder
    ) -> None:
        self._installation = installation
        self._repository = repository
        self._log = log
        self._watch = watch
        self._folder = folder
        self._secret = secrets.token_hex(32)
        self._process: ServerProcess | None = None
        self._state = State.STOPPED

    @classmethod
    @asynccontextmanager
    async def open(
        cls, installation: Installation, repository: Path, log: Path, watch: Watch | None = None
    ) -> AsyncIterator[TritonServer]:
        """Run a server that answers before the block begins, and is gone with all it had after it.

        Args:
            installation: What runs; see `install_triton`.
            repository: The models; see `write_repository`.
            log: The file that it writes to.
            watch: How it is watched.

        Raises:
            ServerFailed: It did not come up, and why.
        """
        folder = RuntimeFolder.make()
        server = cls(installation, repository, log, watch or Watch(), folder)
        ready = asyncio.Event()
        keeper = asyncio.create_task(server._keep(ready))
        try:
            await _first_of(ready, keeper)
            yield server
        finally:
            keeper.cancel()
            await asyncio.wait({keeper})
            folder.remove()

    @property
    def address(self) -> str:
        """What a gRPC client connects to; the same for all lives of the server."""
        return self._folder.address

    @property
    def headers(self) -> Mapping[str, str]:
        """What a call must carry to load models or to share memory."""
        return {_HEADER: self._secret}

    @property
    def state(self) -> State:
        """What the server is doing."""
        return self._state

    @property
    def pid(self) -> int:
        """The server's process, which leads its group; raises ServerFailed where none runs."""
        if self._process is None:
            raise ServerFailed("Triton does not run at this moment.")
        return self._process.pid

    def stub_pids(self) -> list[int]:
        """Return the processes of the models' instances."""
        return [stub.pid for stub in self._process.stubs()] if self._process else []

    async def _keep(self, ready: asyncio.Event) -> None:
        """Keep the server running until cancelled; raises ServerFailed where it does not come up at first."""
        back_off = BackOff()
        while True:
            began = time.monotonic()
            try:
                await self._live(ready)
            except ServerFailed as failure:
                if not ready.is_set():
                    raise
                delay = back_off.after(time.monotonic() - began)
                _log.warning("%s It is started again in %.1f s.", failure, delay)
                await asyncio.sleep(delay)

    async def _live(self, ready: asyncio.Event) -> None:
        """One life of the server, from its start until it is lost or this is cancelled."""
        self._state = State.STARTING
        self._folder.clear()
        secret = (_KEY, self._secret)
        process = ServerProcess(self._installation, self._repository, self._folder, secret, self._log)
        self._process = process
        client = TritonClient(self.address, self.headers)
        try:
            guard = Guard(process, client, probed_models(self._repository), self._folder, self._watch)
            await guard.ready()
            self._state = State.READY
            ready.set()
            await guard.watch()
        except ServerFailed:
            self._state = State.LOST
            await process.kill()
            raise
        except BaseException:
            await process.kill()
            self._state = State.STOPPED
            raise
        finally:
            await client.close()
            self._process = None


async def _first_of(ready: asyncio.Event, keeper: asyncio.Task[None]) -> None:
    """Wait until the server is ready; raise what ended its keeper, if that comes first."""
    waiting = asyncio.create_task(ready.wait())
    await asyncio.wait({waiting, keeper}, return_when=asyncio.FIRST_COMPLETED)
    if keeper.done():
        waiting.cancel()
        keeper.result()
