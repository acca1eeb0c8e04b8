"""A SeaweedFS of our own on loopback: started, started again when it ends, and ended with us."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Final

import urllib3

from services.adapters.kept_process import KeptProcess
from services.adapters.loopback import free_ports
from services.adapters.s3.access import S3Place, S3Server
from services.adapters.s3.client import S3Client
from services.adapters.sealed.secret_file import load_or_create

_READY_S: Final = 60.0
_ACCESS_KEY: Final = "storyroll"
_VOLUME_MB: Final = 1024
_GRPC: Final = 10_000
"""Its gRPC ports are its ports and this."""
_SERVICES: Final = ("master", "volume", "filer", "s3")
_WASTE: Final = 1e-4
"""The share of a volume that may be deleted bytes: some 100 kB."""
_VACUUM_S: Final = 300.0
"""Seconds between two looks at it: with what the sweep of quarantined uploads takes, less than an hour."""
_VACUUM_TIMEOUT_S: Final = 600.0


class SeaweedServer:
    """One server over one folder; its ports stay the same when it is started again."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._ports = free_ports(len(_SERVICES), companions=(_GRPC,))
        self._secret = load_or_create(folder / "secret.key", lambda: secrets.token_hex(20).encode()).decode()
        data = folder / "data"
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        keys = {"AWS_ACCESS_KEY_ID": _ACCESS_KEY, "AWS_SECRET_ACCESS_KEY": self._secret, "HOME": str(data)}
        command = _command(program, data, self._ports)
        self.process = KeptProcess("SeaweedFS", command, folder / "server.log", keys)

    @property
    def access(self) -> S3Server:
        """Where it is and the keys that it believes."""
        return S3Server(f"http://127.0.0.1:{self._ports[-1]}", _ACCESS_KEY, self._secret)

    @property
    def pid(self) -> int | None:
        """The process that serves, or None between two."""
        return self.process.pid

    async def ready(self) -> None:
        """Wait until it takes objects; raise Unavailable when that takes too long."""
        client = S3Client(self.access, S3Place("storyroll-ready"))
        try:
            await self.process.answering(lambda: _takes_objects(client), _READY_S)
        finally:
            client.close()

    async def vacuum(self) -> None:
        """Write volumes with deleted bytes anew, without these; nothing if the server is away.

        It does so by itself only where a third of a volume is waste, and parts of quarantined uploads, unlike
        all else that we delete, are not sealed.
        """
        url = f"http://127.0.0.1:{self._ports[0]}/vol/vacuum?garbageThreshold={_WASTE}"
        ask = partial(urllib3.request, "GET", url, retries=False, timeout=_VACUUM_TIMEOUT_S)
        with suppress(urllib3.exceptions.HTTPError):
            await asyncio.to_thread(ask)


@asynccontextmanager
async def seaweedfs(program: Path, folder: Path) -> AsyncIterator[SeaweedServer]:
    """Run a server over a folder for as long as the block lasts; raise Unavailable if it does not come up."""
    server = await asyncio.to_thread(SeaweedServer, program, folder)
    async with server.process.kept():
        await server.ready()
        vacuuming = asyncio.create_task(_vacuum(server))
        try:
            yield server
        finally:
            vacuuming.cancel()
            await asyncio.wait([vacuuming])


async def _vacuum(server: SeaweedServer) -> None:
    while True:
        await asyncio.sleep(_VACUUM_S)
        await server.vacuum()


def _command(program: Path, data: Path, ports: list[int]) -> list[str]:
    return [
        *(str(program), "mini", f"-dir={data}", "-ip=127.0.0.1", "-ip.bind=127.0.0.1"),
        *(f"-{name}.port={port}" for name, port in zip(_SERVICES, ports, strict=True)),
        *("-s3.port.iceberg=0", "-s3.port.lance=0", "-webdav=false", "-admin.ui=false"),
        f"-master.volumeSizeLimitMB={_VOLUME_MB}",
    ]


async def _takes_objects(client: S3Client) -> bool:
    try:
        await client.open()
        await client.put("ready", b"yes")
    except Exception:
        return False
    return True
