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
from services.domain.errors import Unauthenticated
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


def rotate_issuer(data: Path, *options: str) -> tuple[int, str]:
    ended = CliRunner().invoke(keys.app, ["rotate-issuer", "--data", str(data), *options])
    return ended.exit_code, ended.output


def test_tokens_are_signed_by_a_new_key_and_earlier_ones_believed_for_a_while(data: Path) -> None:
    folder = DataFolder(data)
    before = folder.issuer().mint("ana")
    code, said = rotate_issuer(data)
    assert code == 0
    assert said.endswith("; tokens signed before are believed for 12 hours\n")
    assert folder.issuer().signs_with.id in said
    assert asyncio.run(folder.issuer().verifier().owner(before)) == "ana"
    assert rotate_issuer(data, "--keep-hours", "0")[1].endswith("; no other is believed\n")
    with pytest.raises(Unauthenticated):
        asyncio.run(folder.issuer().verifier().owner(before))


def test_the_issuers_key_stays_while_a_server_believes_it(data: Path) -> None:
    with DataFolder(data).locked():
        code, said = rotate_issuer(data)
    assert code == 1
    assert "another server uses" in said
