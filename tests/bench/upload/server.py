"""The upload service alone, in a process of its own, for owners who have consented."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import open_data_keys
from services.adapters.key_folder import KeyFolder
from services.adapters.s3.access import S3Server
from services.cli.session import token_source
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.rpc.data_folder import DataFolder
from tests.bench.processes import ROOT

_START_S = 60.0
_UNLIMITED = {"STORYROLL_UPLOAD_PHOTOS_A_MINUTE": "1000000", "STORYROLL_UPLOAD_CONCURRENT_WRITES": "1000"}


@dataclass(frozen=True, slots=True)
class UploadServer:
    """A server that runs."""

    address: str
    pid: int
    folder: DataFolder

    def token(self, owner: str) -> Callable[[], str]:
        """Return what makes tokens of an owner."""
        return token_source(self.folder, owner)

    def resident(self) -> int:
        """Return the bytes that the process holds in memory, without those of its children."""
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise RuntimeError("the kernel does not tell how much memory the server holds")


@contextmanager
def upload_server(folder: Path, environment: Mapping[str, str]) -> Iterator[UploadServer]:
    """Serve over a folder for as long as the block lasts."""
    data = DataFolder(folder)
    listening = {"STORYROLL_DATA": str(folder), "STORYROLL_LISTEN": "127.0.0.1:0"}
    address = folder / "server.address"
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", "services.upload"],
            env=os.environ | _UNLIMITED | listening | dict(environment),
            cwd=ROOT,
            stdout=log,
            stderr=log,
        )
    try:
        deadline = time.monotonic() + _START_S
        while not address.exists():
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError((folder / "server.log").read_text()[-4000:])
            time.sleep(0.05)
        yield UploadServer(address.read_text(), process.pid, data)
    finally:
        process.terminate()
        process.wait()


async def consent(folder: Path, owners: Sequence[str]) -> None:
    """Grant CLOUD_PROCESSING for owners of a folder that no server uses yet."""
    async with open_data_keys(DatabaseHost(), folder) as rows:
        keyring = await KeyFolder(folder / "keys").keyring(rows)
        for owner in owners:
            for scope in (None, Scope.CLOUD_PROCESSING):
                await keyring.create(OwnerId(owner), scope)


def s3_environment(server: S3Server) -> dict[str, str]:
    """Return the settings that let a server keep its blobs there."""
    return {
        "STORYROLL_BLOBS": "s3://storyroll",
        "STORYROLL_S3_ENDPOINT": server.endpoint,
        "STORYROLL_S3_ACCESS_KEY": server.access_key,
        "STORYROLL_S3_SECRET_KEY": server.secret_key,
    }
