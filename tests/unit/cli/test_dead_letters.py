"""`storyroll dead-letters`, beside a server."""

from __future__ import annotations

import asyncio
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from typer.testing import CliRunner

from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.cli import dead_letters
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.messages import Consumer, Message, MessageType
from services.rpc.data_folder import DataFolder

ANA = OwnerId("ana.private")


async def bury_two(folder: Path) -> None:
    async with open_local(folder, SystemClock()) as ports:
        await ports.keyring.create(ANA, None)
        await ports.keyring.create(ANA, Scope.CLOUD_PROCESSING)
        async with ports.catalog.transaction(ANA) as tx:
            for subject in ("a", "b"):
                await tx.publish(Message.of(MessageType.ASSET_STORED, ANA, subject, datetime.now(UTC)))
        for delivery in await ports.bus.fetch(Consumer.METADATA, 10, 0):
            await delivery.bury("ValueError at exif.py:7")


async def pending(folder: Path) -> int:
    async with open_local(folder, SystemClock()) as ports:
        return await ports.bus.pending(Consumer.METADATA)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    asyncio.run(bury_two(tmp_path))
    return tmp_path


def run(data: Path, command: str, *arguments: str) -> tuple[int, str]:
    ended = CliRunner().invoke(dead_letters.app, [command, "--data", str(data), *arguments])
    return ended.exit_code, ended.output


def letters(data: Path) -> list[dict[str, str]]:
    return json.loads(run(data, "list", "--json")[1])


def test_they_are_listed_without_their_owner(data: Path) -> None:
    first, second = letters(data)
    assert {first["stage"], second["stage"]} == {"metadata"}
    code, said = run(data, "list")
    assert code == 0
    assert first["id"] in said
    assert "ValueError at exif.py:7" in said
    assert "ana" not in said
    assert run(data, "list", "--stage", "inference")[1] == "no dead letters\n"


def test_one_is_replayed_beside_a_server(data: Path) -> None:
    first, second = letters(data)
    with DataFolder(data).locked():
        assert run(data, "replay", first["id"]) == (0, "1 messages are delivered again\n")
    assert [letter["id"] for letter in letters(data)] == [second["id"]]
    assert asyncio.run(pending(data)) == 1


def test_all_are_replayed(data: Path) -> None:
    assert run(data, "replay", "--all") == (0, "2 messages are delivered again\n")
    assert asyncio.run(pending(data)) == 2


def test_what_is_not_there_cannot_be_replayed(data: Path, tmp_path: Path) -> None:
    code, said = run(data, "replay", "none")
    assert (code, "there are no such dead letters" in said) == (6, True)
    assert run(data, "replay")[0] == 1
    assert "no catalog in" in run(tmp_path / "elsewhere", "list")[1]
