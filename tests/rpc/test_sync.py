"""`storyroll sync` against a real upload service: complete, repeatable, patient."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.cli.failures import CommandError, ExitCode
from services.cli.session import open_session
from services.cli.sync import sync as syncing
from services.cli.sync.sync import Sync
from services.domain.consent import Scope
from services.domain.facets import Original
from services.domain.identity import OwnerId
from services.domain.records import Kind
from services.rpc.server import Server
from services.rpc.settings import ServerSettings
from services.rpc.tokens import LocalIssuer
from services.upload.main import assemble
from services.upload.settings import UploadSettings
from tests.rpc.conftest import Serving

ANA = OwnerId("ana")


class Silence:
    """Counts, shows nothing."""

    def __init__(self) -> None:
        self.waiting = 0

    def found(self, size: int) -> None:
        self.waiting += 1

    def done(self, size: int) -> None:
        self.waiting -= 1


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("STORYROLL_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder of small files that claim to be JPEG, one of them twice."""
    made = tmp_path / "photos"
    numbers = random.Random(7)
    for index in range(30):
        path = made / f"{index % 3}" / f"{index}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(jpeg(numbers, numbers.randrange(1, 700_000)))
    (made / "again.jpg").write_bytes((made / "0" / "0.jpg").read_bytes())
    (made / "notes.txt").write_text("no photo, and long enough to be looked at for what it is")
    return made


def jpeg(numbers: random.Random, size: int) -> bytes:
    return b"\xff\xd8\xff\xe0" + numbers.randbytes(size)


def folder_of(parent: Path, name: bytes) -> Path:
    """Make a folder with one file of any name."""
    made = parent / "odd"
    made.mkdir()
    Path(os.fsdecode(bytes(made) + b"/" + name)).write_bytes(jpeg(random.Random(1), 100))
    return made


def digests(folder: Path) -> set[bytes]:
    return {hashlib.sha256(path.read_bytes()).digest() for path in folder.rglob("*.jpg")}


@pytest.fixture
async def ports(tmp_path: Path) -> AsyncIterator[Ports]:
    async with open_memory(tmp_path / "server", SystemClock()) as opened:
        for scope in (None, Scope.CLOUD_PROCESSING):
            await opened.keyring.create(ANA, scope)
        yield opened


async def stored(ports: Ports) -> list[bytes]:
    return [record.require(Original).sha256 for record in await ports.catalog.find(ANA, Kind.ASSET)]


@asynccontextmanager
async def syncs(address: str, issuer: LocalIssuer, folder: Path, patience: float = 30) -> AsyncIterator[Sync]:
    async with open_session(address, lambda: issuer.mint(ANA)) as session:
        yield Sync(session, folder, Silence(), patience)


async def test_every_photo_arrives_once(
    serving: Serving, issuer: LocalIssuer, ports: Ports, folder: Path
) -> None:
    async with (
        serving(assemble(ports, UploadSettings())) as (_, address),
        syncs(address, issuer, folder) as sync,
    ):
        outcome = await sync.run()
    assert (outcome.uploaded, outcome.known, outcome.repeated, outcome.failed) == (30, 0, 1, {})
    assert outcome.skipped == {"not a photo or video": 1}
    assert sorted(await stored(ports)) == sorted(digests(folder))
    assert sync.progress.waiting == 0  # type: ignore[attr-defined]


async def test_a_second_sync_hashes_and_sends_nothing(
    serving: Serving, issuer: LocalIssuer, ports: Ports, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(assemble(ports, UploadSettings())) as (_, address):
        async with syncs(address, issuer, folder) as sync:
            await sync.run()
        hashed: list[Path] = []
        monkeypatch.setattr(syncing, "_sha256", hashed.append)
        async with syncs(address, issuer, folder) as sync:
            outcome = await sync.run()
    assert (hashed, outcome.bytes_sent, outcome.known) == ([], 0, 30)


async def test_one_bad_file_does_not_stop_the_rest(
    serving: Serving, issuer: LocalIssuer, ports: Ports, folder: Path
) -> None:
    bomb = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + (60_000).to_bytes(4, "big") * 2 + bytes(300)
    (folder / "bomb.png").write_bytes(bomb)
    async with (
        serving(assemble(ports, UploadSettings())) as (_, address),
        syncs(address, issuer, folder) as sync,
    ):
        outcome = await sync.run()
    assert outcome.uploaded == 30
    assert list(outcome.failed) == ["bomb.png"]
    assert "pixels" in outcome.failed["bomb.png"]


async def test_names_that_are_not_unicode_arrive(
    serving: Serving, issuer: LocalIssuer, ports: Ports, tmp_path: Path
) -> None:
    odd = folder_of(tmp_path, b"caf\xe9.jpg")
    async with (
        serving(assemble(ports, UploadSettings())) as (_, address),
        syncs(address, issuer, odd) as sync,
    ):
        assert (await sync.run()).uploaded == 1
    (record,) = await ports.catalog.find(ANA, Kind.ASSET)
    assert record.require(Original).path == "caf?.jpg"


async def test_without_consent_the_sync_says_what_to_do(
    serving: Serving, issuer: LocalIssuer, folder: Path, tmp_path: Path
) -> None:
    async with open_memory(tmp_path / "server", SystemClock()) as ports:
        async with (
            serving(assemble(ports, UploadSettings())) as (_, address),
            syncs(address, issuer, folder) as sync,
        ):
            with pytest.raises(CommandError, match="storyroll consent grant cloud_processing") as caught:
                await sync.run()
        assert caught.value.code == ExitCode.CONSENT
        assert await ports.catalog.owners() == []


async def test_without_a_server_the_sync_says_what_to_do(issuer: LocalIssuer, folder: Path) -> None:
    async with syncs("127.0.0.1:1", issuer, folder, patience=0) as sync:
        with pytest.raises(CommandError, match="storyroll up") as caught:
            await sync.run()
    assert caught.value.code == ExitCode.UNREACHABLE


async def test_a_restart_of_the_server_is_waited_out(issuer: LocalIssuer, ports: Ports, folder: Path) -> None:
    """The server is stopped without grace in the middle of writes, again and again."""
    settings = ServerSettings(listen="127.0.0.1:0", drain_seconds=0)
    server = Server(assemble(ports, UploadSettings()), issuer.verifier(), settings)
    address = await server.start()
    fixed = ServerSettings(listen=address, drain_seconds=0)
    async with syncs(address, issuer, folder) as sync:
        running = asyncio.create_task(sync.run())
        for settled in settle_points(stop=25):
            while len(await stored(ports)) < settled and not running.done():  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            await server.drain()
            server = Server(assemble(ports, UploadSettings()), issuer.verifier(), fixed)
            await server.start()
        outcome = await asyncio.wait_for(running, 60)
        await server.drain()
    assert outcome.failed == {}
    assert outcome.uploaded + outcome.known == 30
    assert sorted(await stored(ports)) == sorted(digests(folder))


def settle_points(stop: int) -> Iterator[int]:
    """Numbers of stored files at which the server goes away."""
    yield from range(2, stop, 8)


async def test_a_sync_that_is_overtaken_finishes_what_it_is_at_and_leaves_the_rest(
    serving: Serving, issuer: LocalIssuer, ports: Ports, folder: Path
) -> None:
    async with serving(assemble(ports, UploadSettings())) as (_, address):
        async with syncs(address, issuer, folder) as sync:
            running = asyncio.create_task(sync.run())
            while not await stored(ports):  # noqa: ASYNC110
                await asyncio.sleep(0.005)
            sync.overtaken.set()
            first = await asyncio.wait_for(running, 60)
        assert len(await stored(ports)) == first.uploaded < 30
        async with syncs(address, issuer, folder) as sync:
            second = await sync.run()
    assert (first.uploaded + second.uploaded, first.failed, second.failed) == (30, {}, {})


async def test_a_sync_keeps_to_the_pace_that_the_server_asks_for(
    serving: Serving, issuer: LocalIssuer, ports: Ports, folder: Path
) -> None:
    settings = UploadSettings(photos_a_minute=600, concurrent_writes=2)
    async with serving(assemble(ports, settings)) as (_, address), syncs(address, issuer, folder) as sync:
        outcome = await sync.run()
    assert (outcome.uploaded, outcome.failed) == (30, {})


async def test_a_token_that_is_not_believed_stops_the_sync(
    serving: Serving, ports: Ports, folder: Path
) -> None:
    stranger = LocalIssuer(LocalIssuer.new_seed())
    async with (
        serving(assemble(ports, UploadSettings())) as (_, address),
        syncs(address, stranger, folder) as sync,
    ):
        with pytest.raises(CommandError, match="STORYROLL_TOKEN") as caught:
            await sync.run()
    assert caught.value.code == ExitCode.UNAUTHENTICATED
