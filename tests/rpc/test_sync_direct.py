"""`storyroll sync --direct` against a real S3 server: past ours, resumed, and through ours where needed."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import secrets
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import google_crc32c
import pytest
from storyroll.consent.v1 import consent_pb2
from storyroll.upload.v1 import upload_pb2

from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.adapters.loopback import free_ports
from services.adapters.s3.access import S3Place, S3Server
from services.adapters.s3.client import S3Client
from services.adapters.s3.landing import S3LandingPlace
from services.adapters.s3.store import S3BlobStore
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.vault import SealedVault
from services.cli.session import Session, open_session
from services.cli.sync.http_storage import http_storage
from services.cli.sync.outcome import Outcome
from services.cli.sync.sync import Sync
from services.cli.sync.ways import DirectWay
from services.consent.main import assemble as consent
from services.consent.settings import ConsentSettings
from services.domain.facets import Original
from services.domain.identity import OwnerId
from services.domain.records import Kind
from services.rpc.service import Service
from services.rpc.tokens import LocalIssuer
from services.upload.main import assemble as upload
from services.upload.settings import UploadSettings
from tests.chaos.client import Silence
from tests.rpc.conftest import Serving
from tests.rpc.s3_door import Door, door_to

ANA = OwnerId("ana")
PART = 16 << 20


@dataclass
class Scene:
    """A server with its blobs on S3, a door that clients come through, and a folder of photos."""

    ports: Ports
    door: Door
    address: str
    session: Session
    folder: Path
    said: list[str]

    async def sync(self) -> Outcome:
        async with http_storage() as storage:
            way = DirectWay(storage, self.said.append)
            return await Sync(self.session, self.folder, Silence(), 30, direct=way).run()

    async def has_all(self) -> bool:
        """Tell whether every photo is there once, and reads back as it was."""
        records = await self.ports.catalog.find(ANA, Kind.ASSET)
        blobs = [record.require(Original).blob_key for record in records]
        stored = [await self.ports.vault.read(ANA, blob) for blob in blobs]
        return sorted(map(digest, stored)) == sorted(
            digest(path.read_bytes()) for path in self.folder.iterdir()
        )

    @property
    def parts(self) -> list[int]:
        """The index of every part that was put."""
        return [int(name.rpartition(":")[2]) for name in self.door.put]


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def photo(seed: int, size: int) -> bytes:
    return b"\xff\xd8\xff\xe0" + random.Random(seed).randbytes(size - 4)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYROLL_STATE", str(tmp_path / "state"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "photos"
    made.mkdir()
    return made


@pytest.fixture
async def scene(
    serving: Serving, issuer: LocalIssuer, s3: S3Server, folder: Path, tmp_path: Path
) -> AsyncIterator[Scene]:
    async with (
        door_to(s3) as door,
        served(serving, s3, door.access, tmp_path) as (ports, address),
        open_session(address, lambda: issuer.mint(ANA)) as session,
    ):
        await grant(session)
        yield Scene(ports, door, address, session, folder, [])


@asynccontextmanager
async def served(
    serving: Serving, s3: S3Server, shown: S3Server, tmp_path: Path
) -> AsyncIterator[tuple[Ports, str]]:
    """Serve uploads and consent over a bucket; clients are sent to where it is `shown`."""
    place = S3Place("tests", f"{secrets.token_hex(6)}/")
    async with AsyncExitStack() as opened:
        memory = await opened.enter_async_context(open_memory(tmp_path / "server", SystemClock()))
        own, clients = S3Client(s3, place), S3Client(shown, place)
        opened.callback(own.close)
        opened.callback(clients.close)
        await own.open()
        landing = Landing(own, clients)
        vault = SealedVault(S3BlobStore(own), memory.keyring, ScratchSpace(tmp_path / "scratch"))
        ports = replace(memory, vault=vault, landing=landing)
        service = Service.joined((upload(ports, UploadSettings()), consent(ports, ConsentSettings())))
        _, address = await opened.enter_async_context(serving(service))
        yield ports, address


class Landing(S3LandingPlace):
    """Invites clients to another address than the one that it reads from itself."""

    def __init__(self, own: S3Client, clients: S3Client) -> None:
        super().__init__(own)
        self.invite = S3LandingPlace(clients).invite  # type: ignore[method-assign]


async def grant(session: Session) -> None:
    scopes = [consent_pb2.SCOPE_CLOUD_PROCESSING]
    await session.consent.GrantConsent(consent_pb2.GrantConsentRequest(scopes=scopes, terms_version="1"))


async def test_every_photo_goes_past_the_server_once(scene: Scene) -> None:
    for number in range(9):
        (scene.folder / f"{number}.jpg").write_bytes(photo(number, 30_000))
    (scene.folder / "0.mov").write_bytes(b"\x00\x00\x00\x14ftypqt  " + bytes(40_000))
    first = await scene.sync()
    assert (first.uploaded, first.known, first.failed) == (10, 0, {})
    assert len(set(scene.door.put)) == len(scene.door.put) == 10
    assert await scene.has_all()
    again = await scene.sync()
    assert (again.known, again.bytes_sent, len(scene.door.put)) == (10, 0, 10)
    assert scene.said == []


async def test_a_sync_that_was_killed_between_parts_puts_only_the_others(
    scene: Scene, issuer: LocalIssuer
) -> None:
    (scene.folder / "large.jpg").write_bytes(photo(1, 2 * PART + 100_000))
    reached = asyncio.Event()

    async def hold_the_last(name: str) -> int:
        if name.endswith("2"):
            reached.set()
            await asyncio.Event().wait()
        return 0

    scene.door.before = hold_the_last
    client = await command(scene, issuer, "--watch")
    await asyncio.wait_for(reached.wait(), 120)
    client.kill()
    await client.wait()
    assert scene.parts == [0, 1, 2]

    async def let_pass(name: str) -> int:
        return 0

    scene.door.before = let_pass
    client = await command(scene, issuer)
    out, err = await asyncio.wait_for(client.communicate(), 120)
    assert client.returncode == 0, out + err
    assert scene.parts == [0, 1, 2, 2]
    assert out.startswith(b"1 uploaded (0.1 MB)")
    assert await scene.has_all()


async def command(scene: Scene, issuer: LocalIssuer, *options: str) -> asyncio.subprocess.Process:
    """Begin `storyroll sync --direct` in a process of its own."""
    words = ("sync", "--direct", str(scene.folder), "--server", scene.address, *options)
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.cli.main", *words),
        env=os.environ | {"STORYROLL_TOKEN": issuer.mint(ANA)},
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def test_urls_that_expired_are_asked_for_anew(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    (scene.folder / "a.jpg").write_bytes(photo(1, 30_000))
    monkeypatch.setattr("services.upload.direct.URL_LIFETIME", timedelta(seconds=1))

    async def until_it_expired(name: str) -> int:
        if len(scene.door.put) == 1:
            await asyncio.sleep(2.1)
            monkeypatch.setattr("services.upload.direct.URL_LIFETIME", timedelta(minutes=15))
        return 0

    scene.door.before = until_it_expired
    assert (await scene.sync()).uploaded == 1
    assert (len(scene.door.put), scene.said) == (2, [])
    assert await scene.has_all()


async def test_a_store_that_fails_now_and_then_is_asked_again(scene: Scene) -> None:
    (scene.folder / "large.jpg").write_bytes(photo(1, PART + 1))
    tried: set[str] = set()

    async def fail_once(name: str) -> int:
        return 0 if name in tried else tried.add(name) or 503

    scene.door.before = fail_once
    assert (await scene.sync()).uploaded == 1
    assert (scene.parts, scene.said) == ([0, 0, 1, 1], [])
    assert await scene.has_all()


async def test_parts_that_are_gone_before_the_end_are_put_again(scene: Scene) -> None:
    (scene.folder / "large.jpg").write_bytes(photo(1, PART + 1))

    async def lose_what_landed(name: str) -> int:
        if scene.parts == [0, 1]:
            assert scene.ports.landing is not None
            await scene.ports.landing.sweep(datetime.now(UTC) + timedelta(hours=1))
        return 0

    scene.door.before = lose_what_landed
    assert (await scene.sync()).uploaded == 1
    assert (scene.parts, scene.said) == ([0, 1, 0], [])
    assert await scene.has_all()


async def test_what_went_half_through_the_server_goes_on_there(scene: Scene) -> None:
    data = photo(1, 3 << 20)
    path = scene.folder / "a.jpg"
    path.write_bytes(data)
    call: Any = scene.session.upload.WriteAsset()
    header = upload_pb2.AssetHeader(
        sha256=digest(data), size=len(data), path="a.jpg", media_type="image/jpeg"
    )
    await call.write(upload_pb2.WriteAssetRequest(header=header))
    for offset in range(0, 2 << 20, 256 << 10):
        piece = data[offset : offset + (256 << 10)]
        chunk = upload_pb2.Chunk(offset=offset, data=piece, crc32c=google_crc32c.value(piece))
        await call.write(upload_pb2.WriteAssetRequest(chunk=chunk))
    await call.done_writing()
    asked = upload_pb2.QueryWriteRequest(sha256=digest(data))
    while not (await scene.session.upload.QueryWrite(asked)).check.committed_size:  # noqa: ASYNC110
        await asyncio.sleep(0.05)
    outcome = await scene.sync()
    assert (outcome.uploaded, outcome.bytes_sent, scene.door.put) == (1, 1 << 20, [])
    assert await scene.has_all()


async def test_a_file_that_cannot_be_read_fails_alone(scene: Scene) -> None:
    (scene.folder / "a.jpg").write_bytes(photo(1, 30_000))
    doomed = scene.folder / "b.jpg"
    doomed.write_bytes(photo(2, 30_000))

    async def change_it(name: str) -> int:
        doomed.unlink(missing_ok=True)
        return 503 if len(scene.door.put) < 3 else 0

    scene.door.before = change_it
    outcome = await scene.sync()
    assert (outcome.uploaded, set(outcome.failed)) == (1, {"b.jpg"})
    assert await scene.has_all()


async def test_where_s3_cannot_be_reached_photos_go_through_the_server(
    serving: Serving,
    issuer: LocalIssuer,
    s3: S3Server,
    folder: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("services.cli.sync.ways._STORAGE_PATIENCE", 0.2)
    (port,) = free_ports(1)
    nowhere = S3Server(f"http://127.0.0.1:{port}", s3.access_key, s3.secret_key)
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(photo(number, 30_000))
    async with (
        door_to(s3) as door,
        served(serving, s3, nowhere, tmp_path) as (ports, address),
        open_session(address, lambda: issuer.mint(ANA)) as session,
    ):
        await grant(session)
        scene = Scene(ports, door, address, session, folder, [])
        assert (await scene.sync()).uploaded == 3
        assert scene.said == [
            f"the S3 server at 127.0.0.1:{port} cannot be reached from here: photos go through the server"
        ]
        assert await scene.has_all()


async def test_where_there_is_no_s3_photos_go_through_the_server(
    serving: Serving, issuer: LocalIssuer, folder: Path, tmp_path: Path, s3: S3Server
) -> None:
    for number in range(3):
        (folder / f"{number}.jpg").write_bytes(photo(number, 30_000))
    async with (
        door_to(s3) as door,
        open_memory(tmp_path / "server", SystemClock()) as ports,
        serving(
            Service.joined((upload(ports, UploadSettings()), consent(ports, ConsentSettings())))
        ) as served_at,
        open_session(served_at[1], lambda: issuer.mint(ANA)) as session,
    ):
        await grant(session)
        scene = Scene(ports, door, served_at[1], session, folder, [])
        assert (await scene.sync()).uploaded == 3
        assert scene.said == [
            "the server keeps its blobs in a folder, not on S3: photos go through the server"
        ]
        assert await scene.has_all()
