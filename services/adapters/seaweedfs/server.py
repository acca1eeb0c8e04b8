"""A SeaweedFS of our own on loopback: started, started again when it ends, and ended with us."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from services.adapters.kept_process import KeptProcess
from services.adapters.loopback import free_ports
from services.adapters.s3.access import S3Place, S3Server
from services.adapters.s3.client import S3Client
from services.adapters.sealed.secret_file import load_or_create
from services.domain.errors import Unavailable

_READY_S: Final = 60.0
_POLL_S: Final = 0.1
_ACCESS_KEY: Final = "storyroll"
_VOLUME_MB: Final = 1024
_GRPC: Final = 10_000
"""Its gRPC ports are its ports and this."""
_SERVICES: Final = ("master", "volume", "filer", "s3")


class SeaweedServer:
    """One server over one folder; its ports stay the same when it is started again."""

    def __init__(self, program: Path, folder: Path) -> None:
        self._folder = folder
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
            async with asyncio.timeout(_READY_S):
                while not await _takes_objects(client):  # noqa: ASYNC110 - it does not tell
                    await asyncio.sleep(_POLL_S)
        except TimeoutError:
            raise Unavailable(f"SeaweedFS does not answer; see {self._folder / 'server.log'}") from None
        finally:
            client.close()


@asynccontextmanager
async def seaweedfs(program: Path, folder: Path) -> AsyncIterator[SeaweedServer]:
    """Run a server over a folder for as long as the block lasts; raise Unavailable if it does not come up."""
    server = await asyncio.to_thread(SeaweedServer, program, folder)
    async with server.process.kept():
        await server.ready()
        yield server


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
