"""A PostgreSQL of our own on loopback: started, started again when it ends, and ended with us."""

from __future__ import annotations

import asyncio
import os
import secrets
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Final

import asyncpg

from services.adapters.kept_process import KeptProcess
from services.adapters.loopback import free_ports
from services.adapters.postgres import unrooted
from services.adapters.sealed.secret_file import load_or_create
from services.domain.errors import FailedPrecondition

_READY_S: Final = 60.0
_USER: Final = "storyroll"
_UNROOTED: Final = (sys.executable, "-I", "-S", unrooted.__file__)
_ENVIRONMENT: Final = {"LC_ALL": "C", "TZ": "UTC"}
_SETTINGS: Final = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",  # a path below a deep folder is too long for one
    "max_connections": "200",
    "log_error_verbosity": "terse",  # details hold values of rows
    "log_min_error_statement": "panic",
    "log_min_messages": "warning",
}


class PostgresServer:
    """One server over one folder; its port stays the same when it is started again.

    Args:
        program: The server's program, beside which `initdb` is.
        folder: Where its password, its log and its data are; made where it is missing.

    Raises:
        FailedPrecondition: Its data cannot be made, and why.
    """

    def __init__(self, program: Path, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        (self._port,) = free_ports(1)
        password = folder / "password"
        self._password = load_or_create(password, lambda: secrets.token_hex(20).encode()).decode()
        data = folder / "data"
        if not data.exists():
            _make_data(program.with_name("initdb"), data, password)
        settings = [f"--{name}={value}" for name, value in _SETTINGS.items()]
        command = [*_UNROOTED, str(program), "-D", str(data), f"--port={self._port}", *settings]
        # SIGTERM would wait until the last client has gone.
        log = folder / "server.log"
        self.process = KeptProcess("PostgreSQL", command, log, _ENVIRONMENT, stop=signal.SIGINT)

    @property
    def url(self) -> str:
        """Where it is, with the password."""
        return f"postgresql://{_USER}:{self._password}@127.0.0.1:{self._port}/postgres"

    async def ready(self) -> None:
        """Wait until it takes connections; raise Unavailable when that takes too long."""
        await self.process.answering(self._answers, _READY_S)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url)
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return False
        await connection.close()
        return True


@asynccontextmanager
async def postgres(program: Path, folder: Path) -> AsyncIterator[PostgresServer]:
    """Run a server over a folder for as long as the block lasts.

    Raises:
        FailedPrecondition: Its data cannot be made, and why.
        Unavailable: It does not come up.
    """
    server = await asyncio.to_thread(PostgresServer, program, folder)
    async with server.process.kept():
        await server.ready()
        yield server


def _make_data(initdb: Path, data: Path, password: Path) -> None:
    """Make an empty database; one that is half-made, by somebody who was killed, is made anew."""
    fresh = data.with_name(f"{data.name}.new")
    shutil.rmtree(fresh, ignore_errors=True)
    done = subprocess.run(  # noqa: S603 - our own words, no shell
        [
            *(*_UNROOTED, str(initdb), f"--pgdata={fresh}", f"--username={_USER}", f"--pwfile={password}"),
            *("--auth=scram-sha-256", "--encoding=UTF8", "--no-locale", "--no-instructions"),
        ],
        capture_output=True,
        text=True,
        env={**os.environ, **_ENVIRONMENT},
        check=False,
    )
    if done.returncode:
        said = [line for line in done.stderr.splitlines() if line.strip()]
        raise FailedPrecondition((said or ["PostgreSQL's data could not be made"])[-1])
    fresh.rename(data)
