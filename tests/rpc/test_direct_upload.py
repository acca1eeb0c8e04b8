"""Direct uploads against a real S3 server, and limits, over the wire."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
import urllib3
from storyroll.errors.v1 import errors_pb2
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.adapters.blob_host import Blobs
from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.adapters.s3.access import S3Server
from services.adapters.s3.client import S3Client
from services.adapters.s3.landing import S3LandingPlace
from services.adapters.s3.store import S3BlobStore
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.vault import SealedVault
from services.cli.failures import detail_of
from services.domain.consent import Scope
from services.domain.facets import LocationTags, Original
from services.domain.identity import OwnerId
from services.domain.records import AssetState, Kind
from services.upload.direct import part_sizes
from services.upload.main import assemble
from services.upload.settings import UploadSettings
from services.upload.sweep import Sweep
from tests.rpc.conftest import Connecting, Serving
from tests.s3_server import fresh_bucket
from tests.unit.upload.conftest import jpeg

ANA = OwnerId("ana")
PHOTO = jpeg(located=True, noise=20 << 20)
"""With coordinates; two parts."""


class Direct:
    """A phone: asks our server where to put a file, and puts it there."""

    def __init__(self, stub: Any, ports: Ports, bucket: S3Client) -> None:
        self.stub = stub
        self.ports = ports
        self.bucket = bucket
        self.http = urllib3.PoolManager(retries=False)

    async def create(self, data: bytes = PHOTO, **changes: Any) -> Any:
        return await self.stub.CreateDirectUpload(
            upload_pb2.CreateDirectUploadRequest(header=header(data, **changes))
        )

    async def complete(self, data: bytes = PHOTO) -> Any:
        return await self.stub.CompleteDirectUpload(
            upload_pb2.CompleteDirectUploadRequest(header=header(data))
        )

    def put(self, part: Any, data: bytes = PHOTO) -> int:
        return self.http.request("PUT", part.url, body=data[part.offset : part.offset + part.size]).status

    async def send(self, data: bytes = PHOTO) -> None:
        assert {self.put(part, data) for part in (await self.create(data)).parts} == {200}

    async def names(self, prefix: str = "") -> list[str]:
        return [found.name async for found in self.bucket.listing(prefix)]

    async def original(self, asset: str) -> Any:
        return await self.ports.catalog.get(ANA, Kind.ASSET, asset)


def header(data: bytes, **changes: Any) -> Any:
    fields = {"sha256": hashlib.sha256(data).digest(), "size": len(data), "path": "a.jpg"}
    return upload_pb2.AssetHeader(**(fields | {"media_type": "image/jpeg"} | changes))


@pytest.fixture
async def direct(serving: Serving, client: Connecting, s3: S3Server, tmp_path: Path) -> AsyncIterator[Direct]:
    async with AsyncExitStack() as opened:
        bucket = await opened.enter_async_context(fresh_bucket(s3))
        memory = await opened.enter_async_context(open_memory(tmp_path, SystemClock()))
        blobs = Blobs(S3BlobStore(bucket), S3LandingPlace(bucket))
        vault = SealedVault(blobs.store, memory.keyring, ScratchSpace(tmp_path / "scratch"))
        ports = replace(memory, vault=vault, landing=blobs.landing)
        for scope in (None, Scope.CLOUD_PROCESSING):
            await ports.keyring.create(ANA, scope)
        serves = serving(assemble(ports, UploadSettings()))
        _, address = await opened.enter_async_context(serves)
        channel = await opened.enter_async_context(client(address, ANA))
        yield Direct(upload_pb2_grpc.UploadServiceStub(channel), ports, bucket)


async def refused(call: Any) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


async def test_a_file_that_landed_is_verified_stripped_sealed_and_moved(direct: Direct) -> None:
    await direct.send()
    assert len(await direct.names("quarantine/")) == 2
    answer = await direct.complete()
    record = await direct.original(answer.asset_id)
    original = record.require(Original)
    assert (record.state, original.size, answer.already_known) == (AssetState.STORED, len(PHOTO), False)
    assert await direct.names() == [f"blobs/{original.blob_key}"]
    stored = await direct.ports.vault.read(ANA, original.blob_key)
    assert len(stored) == len(PHOTO)
    assert stored != PHOTO  # without LOCATION the coordinates are gone
    assert record.get(LocationTags) is None
    sealed = await direct.bucket.get(f"blobs/{original.blob_key}", 0, len(PHOTO))
    assert PHOTO[-1000:] not in sealed
    again = await direct.complete()
    assert (again.asset_id, again.already_known) == (answer.asset_id, True)
    assert (await direct.create()).asset_id == answer.asset_id


async def test_parts_that_are_there_are_told_and_those_that_lack_are_wanted(direct: Direct) -> None:
    first, second = (await direct.create()).parts
    assert [first.landed, second.landed] == [False, False]
    assert direct.put(first) == 200
    missing = await refused(direct.complete())
    assert missing.code() is grpc.StatusCode.DATA_LOSS
    assert "part 2 of 2" in missing.details()
    assert detail_of(missing).committed_size == second.offset == first.size
    assert [part.landed for part in (await direct.create()).parts] == [True, False]
    assert direct.put(second) == 200
    assert not (await direct.complete()).already_known


@pytest.mark.parametrize("damage", [lambda data: data[:-1] + b"?", lambda data: data + b"?"])
async def test_what_is_not_what_was_announced_becomes_no_photo(
    direct: Direct, damage: Callable[[bytes], bytes]
) -> None:
    *_, last = (await direct.create()).parts
    await direct.send()
    direct.http.request("PUT", last.url, body=damage(PHOTO[last.offset :]))
    error = await refused(direct.complete())
    assert error.code() is grpc.StatusCode.DATA_LOSS
    assert detail_of(error).reason == errors_pb2.REASON_CORRUPT_UPLOAD
    assert await direct.names("blobs/") == await direct.names("stages/") == []
    assert await direct.ports.catalog.find(ANA, Kind.ASSET) == []


async def test_a_url_is_good_for_its_part_and_for_putting_alone(direct: Direct) -> None:
    first, second = (await direct.create()).parts
    assert direct.put(first) == 200
    elsewhere = first.url.replace("000000?", "000007?")
    assert direct.http.request("PUT", elsewhere, body=b"x").status == 403
    assert direct.http.request("GET", first.url).status == 403
    assert direct.http.request("PUT", second.url.split("?")[0], body=b"x").status == 403


async def test_quarantine_is_emptied_within_the_hour(direct: Direct) -> None:
    await direct.send()
    sweep = Sweep(direct.ports.vault, direct.ports.landing, timedelta(days=7))
    assert (await sweep()).blobs == 0
    landing = direct.ports.landing
    assert landing is not None
    erased = await landing.sweep(datetime.now(UTC) + timedelta(seconds=5))
    assert (erased.blobs, erased.bytes) == (2, len(PHOTO))
    assert await direct.names() == []


async def test_erasing_an_owner_takes_what_landed(direct: Direct) -> None:
    await direct.send()
    assert (await direct.ports.vault.erase(ANA)).bytes == len(PHOTO)
    assert await direct.names() == []


async def test_consent_that_goes_before_the_end_leaves_nothing(direct: Direct) -> None:
    await direct.send()
    await direct.ports.keyring.destroy(ANA, frozenset({Scope.CLOUD_PROCESSING}), account=False)
    assert (await refused(direct.create())).code() is grpc.StatusCode.FAILED_PRECONDITION
    assert (await refused(direct.complete())).code() is grpc.StatusCode.FAILED_PRECONDITION
    await direct.ports.vault.erase(ANA)
    assert await direct.names() == []


async def test_what_is_announced_wrongly_is_refused_at_once(direct: Direct) -> None:
    for changes in ({"media_type": "text/plain"}, {"path": "/a.jpg"}, {"sha256": b"1"}, {"size": 1 << 40}):
        error = await refused(direct.create(**changes))
        assert error.code() is grpc.StatusCode.INVALID_ARGUMENT


async def test_without_s3_the_caller_is_told_what_to_do(
    serving: Serving, client: Connecting, tmp_path: Path
) -> None:
    async with open_memory(tmp_path, SystemClock()) as ports:
        for scope in (None, Scope.CLOUD_PROCESSING):
            await ports.keyring.create(ANA, scope)
        async with (
            serving(assemble(ports, UploadSettings())) as (_, address),
            client(address, ANA) as channel,
        ):
            request = upload_pb2.CreateDirectUploadRequest(header=header(PHOTO))
            error = await refused(upload_pb2_grpc.UploadServiceStub(channel).CreateDirectUpload(request))
    assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert "WriteAsset" in error.details()


@pytest.mark.parametrize("size", [1, 16 << 20, (16 << 20) + 1, 16 << 30, 80 << 30])
def test_parts_cover_the_file_and_are_not_too_many(size: int) -> None:
    sizes = part_sizes(size)
    assert sum(sizes) == size
    assert len(sizes) <= 1000
    assert set(sizes[:-1]) <= {sizes[0]}
    assert 0 < sizes[-1] <= sizes[0]
