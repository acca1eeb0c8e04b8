"""A NATS server of our own on loopback: started, started again when it ends, and ended with us."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import secrets
import socket
import sys
from asyncio.subprocess import DEVNULL, Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from inference_core.serving import leash
from inference_core.serving.backoff import BackOff
from services.adapters.nats.connection import Access, Connection
from services.adapters.sealed.secret_file import load_or_create
from services.domain.errors import Unavailable

_log = logging.getLogger(__name__)

_READY_S: Final = 30.0
_STOPPING_S: Final = 10.0
_POLL_S: Final = 0.05
_CONFIGURATION: Final = """\
host: 127.0.0.1
port: {port}
server_name: storyroll
authorization {{ token: $STORYROLL_NATS_SERVER_TOKEN }}
jetstream {{
  store_dir: "{folder}"
  max_mem: 64MB
  sync_interval: always
  cipher: aes
  key: $STORYROLL_NATS_SERVER_KEY
}}
"""
"""What is acknowledged is on the disk: the usual two minutes between syncs would make an acknowledged message
one that a power cut may take, after its row has left the outbox. Files are encrypted, for a message that was
done stays in its block until the block is let go of."""


class NatsServer:
    """One server over one folder; its port stays the same when it is started again."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._port = _free_port()
        self._token = _secret(folder / "token.key")
        self._key = _secret(folder / "store.key")
        self._process: Process | None = None

    @property
    def access(self) -> Access:
        """Where it is and the token that it believes."""
        return Access(f"nats://127.0.0.1:{self._port}", self._token)

    @property
    def pid(self) -> int | None:
        """The process that serves, or None between two."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def keep(self) -> None:
        """Run the server, again whenever it ends, until cancelled."""
        loop, backoff = asyncio.get_running_loop(), BackOff()
        while True:
            began = loop.time()
            self._process = await self._start()
            try:
                status = await self._process.wait()
            finally:
                await _end(self._process)
            _log.warning("NATS ended with status %d; it is started again", status)
            await asyncio.sleep(backoff.after(loop.time() - began))

    async def ready(self) -> None:
        """Wait until it takes messages; raise Unavailable when that takes too long."""
        connection = Connection(self.access)
        try:
            async with asyncio.timeout(_READY_S):
                while not await connection.answers():  # noqa: ASYNC110 - it does not tell
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise Unavailable(f"NATS does not answer; see {self._folder / 'server.log'}") from None
        finally:
            await connection.close()

    async def _start(self) -> Process:
        configuration = self._folder / "server.conf"
        configuration.write_text(_CONFIGURATION.format(port=self._port, folder=self._folder / "data"))
        secrets_ = {"STORYROLL_NATS_SERVER_TOKEN": self._token, "STORYROLL_NATS_SERVER_KEY": self._key}
        with (self._folder / "server.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), str(self._program)),
                *("--config", str(configuration)),
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | secrets_,
                start_new_session=True,
            )


@asynccontextmanager
async def nats_server(program: Path, folder: Path) -> AsyncIterator[NatsServer]:
    """Run a server over a folder for as long as the block lasts; raise Unavailable if it does not come up."""
    server = await asyncio.to_thread(NatsServer, program, folder)
    keeping = asyncio.create_task(server.keep())
    try:
        await server.ready()
        yield server
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def _end(process: Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(_STOPPING_S):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


def _secret(path: Path) -> str:
    """Return the secret of a file; it begins with a letter, for a configuration takes digits for a number."""
    return load_or_create(path, f"k{secrets.token_hex(20)}".encode).decode()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
