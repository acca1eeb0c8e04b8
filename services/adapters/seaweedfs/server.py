"""A SeaweedFS of our own on loopback: started, started again when it ends, and ended with us."""

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
from services.adapters.s3.access import S3Place, S3Server
from services.adapters.s3.client import S3Client
from services.adapters.sealed.secret_file import load_or_create
from services.domain.errors import Unavailable

_log = logging.getLogger(__name__)

_READY_S: Final = 60.0
_STOPPING_S: Final = 10.0
_POLL_S: Final = 0.1
_ACCESS_KEY: Final = "storyroll"
_VOLUME_MB: Final = 1024
_GRPC: Final = 10_000
"""Its gRPC ports are its ports and this."""
_SERVICES: Final = ("master", "volume", "filer", "s3")


class SeaweedServer:
    """One server over one folder; its ports stay the same when it is started again."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._program = program
        self._folder = folder
        self._ports = _free_ports(len(_SERVICES))
        self._secret = load_or_create(folder / "secret.key", lambda: secrets.token_hex(20).encode()).decode()
        self._process: Process | None = None

    @property
    def access(self) -> S3Server:
        """Where it is and the keys that it believes."""
        return S3Server(f"http://127.0.0.1:{self._ports[-1]}", _ACCESS_KEY, self._secret)

    @property
    def pid(self) -> int | None:
        """The process that serves, or None between two."""
        return self._process.pid if self._process and self._process.returncode is None else None

    async def keep(self, backoff: BackOff | None = None) -> None:
        """Run the server, again whenever it ends and as soon as `backoff` says, until cancelled."""
        loop, backoff = asyncio.get_running_loop(), backoff or BackOff()
        while True:
            began = loop.time()
            self._process = await self._start()
            try:
                status = await self._process.wait()
            finally:
                await _end(self._process)
            _log.warning("SeaweedFS ended with status %d; it is started again", status)
            await asyncio.sleep(backoff.after(loop.time() - began))

    async def ready(self) -> None:
        """Wait until it takes objects; raise Unavailable when that takes too long."""
        client = S3Client(self.access, S3Place("storyroll-ready"))
        try:
            async with asyncio.timeout(_READY_S):
                while not await _takes_objects(client):  # noqa: ASYNC110 - it does not tell
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise Unavailable(f"SeaweedFS does not answer; see {self._folder / 'server.log'}") from None
        finally:
            client.close()

    async def _start(self) -> Process:
        ports = [f"-{name}.port={port}" for name, port in zip(_SERVICES, self._ports, strict=True)]
        data = self._folder / "data"
        keys = {"AWS_ACCESS_KEY_ID": _ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": self._secret}
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        with (self._folder / "server.log").open("ab") as log:
            return await asyncio.create_subprocess_exec(
                *(sys.executable, "-I", "-S", leash.__file__, str(os.getpid()), str(self._program), "mini"),
                *(f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1", *ports),
                *("-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false"),
                f"-master.volumeSizeLimitMB={_VOLUME_MB}",
                stdin=DEVNULL,
                stdout=log,
                stderr=log,
                env=os.environ | keys | {"HOME": str(data)},
                start_new_session=True,
            )


@asynccontextmanager
async def seaweedfs(program: Path, folder: Path) -> AsyncIterator[SeaweedServer]:
    """Run a server over a folder for as long as the block lasts; raise Unavailable if it does not come up."""
    server = await asyncio.to_thread(SeaweedServer, program, folder)
    keeping = asyncio.create_task(server.keep())
    try:
        await server.ready()
        yield server
    finally:
        keeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await keeping


async def _takes_objects(client: S3Client) -> bool:
    try:
        await client.open()
        await client.put("ready", b"yes")
    except Exception:
        return False
    return True


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


def _free_ports(count: int) -> list[int]:
    """Return ports on loopback that are free, and whose gRPC companions are."""
    ports: list[int] = []
    while len(ports) < count:
        port = 20_000 + secrets.randbelow(30_000)
        if port not in ports and _is_free(port) and _is_free(port + _GRPC):
            ports.append(port)
    return ports


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
