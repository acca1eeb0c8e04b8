"""A NATS server of our own on loopback: started, started again when it ends, and ended with us."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

from services.adapters.bus_choice import Access
from services.adapters.kept_process import KeptProcess
from services.adapters.loopback import free_ports
from services.adapters.nats.connection import Connection
from services.adapters.sealed.secret_file import load_or_create

_READY_S: Final = 30.0
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
        self._token = _secret(folder / "token.key")
        (self._port,) = free_ports(1)
        configuration = folder / "server.conf"
        configuration.write_text(_CONFIGURATION.format(port=self._port, folder=folder / "data"))
        environment = {
            "STORYROLL_NATS_SERVER_TOKEN": self._token,
            "STORYROLL_NATS_SERVER_KEY": _secret(folder / "store.key"),
        }
        command = [str(program), "--config", str(configuration)]
        self.process = KeptProcess("NATS", command, folder / "server.log", environment)

    @property
    def access(self) -> Access:
        """Where it is and the token that it believes."""
        return Access(f"nats://127.0.0.1:{self._port}", self._token)

    @property
    def pid(self) -> int | None:
        """The process that serves, or None between two."""
        return self.process.pid

    async def ready(self) -> None:
        """Wait until it takes messages; raise Unavailable when that takes too long."""
        connection = Connection(self.access)
        try:
            await self.process.answering(connection.answers, _READY_S)
        finally:
            await connection.close()


@asynccontextmanager
async def nats_server(program: Path, folder: Path) -> AsyncIterator[NatsServer]:
    """Run a server over a folder for as long as the block lasts; raise Unavailable if it does not come up."""
    server = await asyncio.to_thread(NatsServer, program, folder)
    async with server.process.kept():
        await server.ready()
        yield server


def _secret(path: Path) -> str:
    """Return the secret of a file; it begins with a letter, for a configuration takes digits for a number."""
    return load_or_create(path, f"k{secrets.token_hex(20)}".encode).decode()
