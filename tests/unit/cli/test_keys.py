"""`storyroll keys rotate`, beside a server and without one."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.cli import keys
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.rpc.data_folder import DataFolder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    async def make() -> None:
        async with open_local(tmp_path, SystemClock()) as ports:
            await ports.keyring.create(OwnerId("ana"), Scope.FACES)

    asyncio.run(make())
    return tmp_path


def rotate(data: Path) -> tuple[int, str]:
    ended = CliRunner().invoke(keys.app, ["rotate", "--data", str(data)])
    return ended.exit_code, ended.output


def test_the_master_key_is_replaced(data: Path) -> None:
    before = (data / "keys" / "master.key").read_bytes()
    assert rotate(data) == (0, "the master key is new; 1 data keys were wrapped anew\n")
    assert (data / "keys" / "master.key").read_bytes() != before


def test_nothing_is_rotated_while_a_server_uses_the_keys(data: Path) -> None:
    before = (data / "keys" / "master.key").read_bytes()
    with DataFolder(data).locked():
        code, said = rotate(data)
    assert code == 1
    assert "another server uses" in said
    assert (data / "keys" / "master.key").read_bytes() == before
