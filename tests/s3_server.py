"""A real S3 server for the tests: SeaweedFS from its wheel, one for all of them."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import AbstractContextManager, asynccontextmanager
from pathlib import Path

import pytest

from services.adapters.s3.access import S3Place, S3Server
from services.adapters.s3.client import S3Client
from services.adapters.seaweedfs.install import SEAWEEDFS
from services.adapters.seaweedfs.server import SeaweedServer, seaweedfs
from services.domain.errors import FailedPrecondition
from tests import server_thread


def installed() -> Path:
    """Return the server's program; skips the test, saying why, where it cannot be had."""
    try:
        return SEAWEEDFS.install()
    except FailedPrecondition as error:
        pytest.skip(f"no S3 server: {error}")


def running(folder: Path) -> AbstractContextManager[SeaweedServer]:
    """Run a server beside the tests' own event loops."""
    return server_thread.running(seaweedfs(installed(), folder), folder / "server.log")


@asynccontextmanager
async def fresh_bucket(server: S3Server) -> AsyncIterator[S3Client]:
    """Open a place of its own in a bucket that all tests share."""
    client = S3Client(server, S3Place("tests", f"{secrets.token_hex(6)}/"))
    await client.open()
    yield client
    client.close()
