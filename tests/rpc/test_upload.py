"""UploadService over the wire: what is refused, what is resumed, what is answered at once."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import re
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import google_crc32c
import grpc
import pytest
from storyroll.errors.v1 import errors_pb2
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.cli.failures import detail_of
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.records import Kind
from services.upload.main import assemble
from services.upload.settings import UploadSettings
from tests.rpc.conftest import Connecting, Serving

ANA = OwnerId("ana")
CHUNK = 256 * 1024
PHOTO = b"\xff\xd8\xff\xe0" + bytes(range(256)) * 12_000  # 3 MB that claim to be JPEG
HUGE_PNG = (
    b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR"
    + (60_000).to_bytes(4, "big") * 2
    + b"\x08\x02\x00\x00\x00"
    + bytes(400_000)
)


class Uploads:
    """A client of one upload service, with what lies behind it."""

    def __init__(self, stub: Any, ports: Ports) -> None:
        self.stub = stub
        self.ports = ports

    async def write(self, messages: Iterator[Any]) -> Any:
        return await self.stub.WriteAsset(messages)

    async def committed(self, data: bytes = PHOTO) -> int:
        request = upload_pb2.QueryWriteRequest(sha256=digest(data))
        answer = await self.stub.QueryWrite(request)
        assert answer.check.sha256 == request.sha256
        return int(answer.check.committed_size)

    async def assets(self) -> int:
        return len(await self.ports.catalog.find(ANA, Kind.ASSET))


@pytest.fixture
async def uploads(
    serving: Serving, client: Connecting, tmp_path: Path, request: pytest.FixtureRequest
) -> AsyncIterator[Uploads]:
    settings = getattr(request, "param", UploadSettings())
    async with _uploads(serving, client, tmp_path, settings) as opened:
        for scope in (None, Scope.CLOUD_PROCESSING):
            await opened.ports.keyring.create(ANA, scope)
        yield opened


@asynccontextmanager
async def _uploads(
    serving: Serving, client: Connecting, folder: Path, settings: UploadSettings
) -> AsyncIterator[Uploads]:
    async with (
        open_memory(folder, SystemClock()) as ports,
        serving(assemble(ports, settings)) as (_, address),
        client(address, ANA) as channel,
    ):
        yield Uploads(upload_pb2_grpc.UploadServiceStub(channel), ports)


def digest(data: bytes) -> bytes:
    return hashlib.sha256(data).digest()


def header(data: bytes = PHOTO, **changes: Any) -> Any:
    fields = {
        "sha256": digest(data),
        "size": len(data),
        "path": "2024/a.jpg",
        "media_type": "image/jpeg",
    } | changes
    return upload_pb2.WriteAssetRequest(header=upload_pb2.AssetHeader(**fields))


def chunk(data: bytes, offset: int, **changes: Any) -> Any:
    fields = {"offset": offset, "data": data, "crc32c": google_crc32c.value(data)} | changes
    return upload_pb2.WriteAssetRequest(chunk=upload_pb2.Chunk(**fields))


def chunks(data: bytes = PHOTO, start: int = 0, end: int | None = None) -> Iterator[Any]:
    for offset in range(start, len(data) if end is None else end, CHUNK):
        yield chunk(data[offset : offset + CHUNK], offset)


def whole(data: bytes = PHOTO, **changes: Any) -> Iterator[Any]:
    yield header(data, **changes)
    yield from chunks(data)


async def refused(uploads: Uploads, messages: Sequence[Any] | Iterator[Any]) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await uploads.write(iter(messages))
    return caught.value


async def test_a_whole_file_is_durable_once_answered(uploads: Uploads) -> None:
    answer = await uploads.write(whole())
    assert (answer.committed_size, answer.already_known) == (len(PHOTO), False)
    record = await uploads.ports.catalog.get(ANA, Kind.ASSET, answer.asset_id)
    (facet,) = (found for kind, found in record.facets.items() if kind.NAME == "original")
    assert await uploads.ports.vault.read(ANA, facet.blob_key) == PHOTO  # type: ignore[attr-defined]


async def test_a_known_file_is_answered_without_being_sent(uploads: Uploads) -> None:
    first = await uploads.write(whole())
    again = await uploads.write(iter([header()]))
    assert (again.asset_id, again.already_known) == (first.asset_id, True)
    assert await uploads.assets() == 1


async def test_check_tells_known_partial_and_missing(uploads: Uploads) -> None:
    other, third = PHOTO[:-1], PHOTO[:-2]
    known = await uploads.write(whole())
    await refused(uploads, [header(other), *chunks(other, end=2 * CHUNK * 4)])
    request = upload_pb2.CheckAssetsRequest(sha256=[digest(third), digest(PHOTO), digest(other)])
    missing, found, partial = (await uploads.stub.CheckAssets(request)).checks
    assert missing.state == upload_pb2.UPLOAD_STATE_MISSING
    assert (found.state, found.asset_id) == (upload_pb2.UPLOAD_STATE_KNOWN, known.asset_id)
    assert partial.state == upload_pb2.UPLOAD_STATE_PARTIAL
    assert 0 < partial.committed_size <= 8 * CHUNK


async def test_a_write_that_broke_off_is_resumed(uploads: Uploads) -> None:
    error = await refused(uploads, [header(), *chunks(end=8 * CHUNK)])
    assert error.code() is grpc.StatusCode.DATA_LOSS
    committed = await uploads.committed()
    assert 0 < committed == detail_of(error).committed_size
    answer = await uploads.write(iter([header(), *chunks(start=committed)]))
    assert answer.committed_size == len(PHOTO)
    assert await uploads.assets() == 1


async def test_a_wrong_offset_is_told_the_right_one(uploads: Uploads) -> None:
    error = await refused(uploads, [header(), chunk(PHOTO[:CHUNK], 0), chunk(PHOTO[:CHUNK], 5)])
    assert error.code() is grpc.StatusCode.OUT_OF_RANGE
    assert detail_of(error).reason == errors_pb2.REASON_WRONG_OFFSET
    assert detail_of(error).committed_size == await uploads.committed()


async def test_a_damaged_chunk_may_be_sent_again(uploads: Uploads) -> None:
    messages = [header(), *chunks(end=4 * CHUNK), chunk(PHOTO[4 * CHUNK : 5 * CHUNK], 4 * CHUNK, crc32c=1)]
    error = await refused(uploads, messages)
    assert error.code() is grpc.StatusCode.DATA_LOSS
    assert detail_of(error).reason == errors_pb2.REASON_CORRUPT_UPLOAD
    committed = detail_of(error).committed_size
    assert committed == 4 * CHUNK
    await uploads.write(iter([header(), *chunks(start=committed)]))


async def test_a_file_that_is_not_what_was_announced_starts_again(uploads: Uploads) -> None:
    announced = header(PHOTO[:-1] + b"?", size=len(PHOTO))
    error = await refused(uploads, [announced, *chunks()])
    assert (error.code(), detail_of(error).committed_size) == (grpc.StatusCode.DATA_LOSS, 0)
    assert await uploads.assets() == 0


async def test_more_bytes_than_announced_are_out_of_range(uploads: Uploads) -> None:
    error = await refused(uploads, [header(size=CHUNK), *chunks(end=2 * CHUNK)])
    assert error.code() is grpc.StatusCode.OUT_OF_RANGE


@pytest.mark.parametrize(
    ("messages", "said"),
    [
        ([], "first message"),
        ([chunk(PHOTO[:10], 0)], "first message"),
        ([header(), header()], "must be a chunk"),
        ([header(), chunk(PHOTO[: CHUNK + 1], 0)], "at most|1 to"),
        ([header(path="../../etc/passwd")], "path"),
        ([header(path="/etc/passwd")], "path"),
        ([header(sha256=b"short")], "32 bytes"),
        ([header(size=0)], "size"),
        ([header(HUGE_PNG, media_type="image/png"), *chunks(HUGE_PNG)], "pixels"),
    ],
)
async def test_what_can_never_be_right_is_invalid(uploads: Uploads, messages: list[Any], said: str) -> None:
    error = await refused(uploads, messages)
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert re.search(said, error.details() or "")
    assert await uploads.assets() == 0


async def test_an_unknown_type_is_answered_with_those_we_read(uploads: Uploads) -> None:
    error = await refused(uploads, [header(media_type="application/pdf")])
    assert error.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert detail_of(error).reason == errors_pb2.REASON_UNSUPPORTED_MEDIA_TYPE
    assert "image/heic" in detail_of(error).supported


async def test_too_many_hashes_at_once(uploads: Uploads) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await uploads.stub.CheckAssets(upload_pb2.CheckAssetsRequest(sha256=[bytes(32)] * 1001))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


@pytest.mark.parametrize("uploads", [UploadSettings(owner_bytes=len(PHOTO) + 10)], indirect=True)
async def test_the_limit_that_was_hit_is_named(uploads: Uploads) -> None:
    await uploads.write(whole())
    error = await refused(uploads, whole(PHOTO[:-1]))
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert str(len(PHOTO) + 10) in detail_of(error).limit


async def test_two_writers_of_one_file_have_one_answer(uploads: Uploads) -> None:
    first = await _under_way(uploads)
    for message in chunks(start=CHUNK):
        await first.write(message)
    await first.done_writing()
    assert not (await first).already_known
    assert await uploads.assets() == 1


async def _under_way(uploads: Uploads) -> Any:
    """Return a write of the first chunk, beside which another was refused.

    Calls reach the server in no certain order: where the other came first, this one fails, and begins anew.
    """
    while True:
        first = uploads.stub.WriteAsset()
        with contextlib.suppress(grpc.aio.AioRpcError, asyncio.InvalidStateError):
            await first.write(header())
            await first.write(next(chunks()))
        while not first.done():
            if await _tried(uploads):
                return first


async def _tried(uploads: Uploads) -> bool:
    """Write beside the first writer; tell whether it was refused as it should be."""
    second = uploads.stub.WriteAsset()
    await second.write(header())
    try:
        await second.done_writing()
        await second
    except grpc.aio.AioRpcError as error:
        return error.code() is grpc.StatusCode.ABORTED
    return False


async def test_without_consent_nothing_is_stored(
    serving: Serving, client: Connecting, tmp_path: Path
) -> None:
    async with _uploads(serving, client, tmp_path, UploadSettings()) as uploads:
        error = await refused(uploads, whole())
        assert error.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert detail_of(error).scope == "CLOUD_PROCESSING"
        for call, request in (
            (uploads.stub.CheckAssets, upload_pb2.CheckAssetsRequest(sha256=[digest(PHOTO)])),
            (uploads.stub.QueryWrite, upload_pb2.QueryWriteRequest(sha256=digest(PHOTO))),
        ):
            with pytest.raises(grpc.aio.AioRpcError) as caught:
                await call(request)
            assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
        assert await uploads.ports.catalog.owners() == []


async def test_owners_do_not_see_each_other(serving: Serving, client: Connecting, tmp_path: Path) -> None:
    async with (
        open_memory(tmp_path, SystemClock()) as ports,
        serving(assemble(ports, UploadSettings())) as (_, address),
        client(address, "ana") as hers,
        client(address, "ben") as his,
    ):
        for owner in (ANA, OwnerId("ben")):
            for scope in (None, Scope.CLOUD_PROCESSING):
                await ports.keyring.create(owner, scope)
        await upload_pb2_grpc.UploadServiceStub(hers).WriteAsset(whole())
        request = upload_pb2.CheckAssetsRequest(sha256=[digest(PHOTO)])
        (check,) = (await upload_pb2_grpc.UploadServiceStub(his).CheckAssets(request)).checks
        assert check.state == upload_pb2.UPLOAD_STATE_MISSING


@pytest.mark.parametrize("uploads", [UploadSettings(photos_a_minute=2)], indirect=True)
async def test_too_many_photos_a_minute_are_told_when_to_come_again(uploads: Uploads) -> None:
    for data in (PHOTO, PHOTO[:-1]):
        await uploads.write(whole(data))
    error = await refused(uploads, [header(PHOTO[:-2])])
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert detail_of(error).limit == "2 photos a minute"
    assert 0 < detail_of(error).retry_after_seconds <= 30
    assert (await uploads.write(whole())).already_known  # what is known costs nothing


@pytest.mark.parametrize("uploads", [UploadSettings(concurrent_writes=1)], indirect=True)
async def test_too_many_writes_at_once_are_told_when_to_come_again(uploads: Uploads) -> None:
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[Any]:
        yield header()
        for message in chunks():
            yield message
            begun.set()
            await go_on.wait()

    first = asyncio.ensure_future(uploads.stub.WriteAsset(slow()))
    await begun.wait()
    while not (usage := await uploads.stub.GetUsage(upload_pb2.GetUsageRequest())).writing:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert (usage.writing, usage.concurrent_writes) == (1, 1)
    error = await refused(uploads, [header(PHOTO[:-1])])
    assert error.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert detail_of(error).limit == "1 writes at the same time"
    assert detail_of(error).retry_after_seconds > 0
    go_on.set()
    assert not (await first).already_known
    await uploads.write(whole(PHOTO[:-1]))


@pytest.mark.parametrize("uploads", [UploadSettings(photos_a_minute=9)], indirect=True)
async def test_the_owner_sees_what_is_used(uploads: Uploads) -> None:
    await uploads.write(whole())
    usage = await uploads.stub.GetUsage(upload_pb2.GetUsageRequest())
    assert (usage.used_bytes, usage.limit_bytes) == (len(PHOTO), 1 << 40)
    assert (usage.photos_left, usage.photos_a_minute, usage.writing) == (8, 9, 0)
