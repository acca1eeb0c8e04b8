"""Writing files: the gate, resuming, verification, coordinates."""

from __future__ import annotations

import asyncio
import io
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image

from services.adapters.sealed.segments import SEGMENT
from services.domain.accounts import AuditAction, AuditEntry
from services.domain.consent import Scope
from services.domain.errors import (
    Conflict,
    ConsentRequired,
    CorruptUpload,
    InvalidArgument,
    MediaTooLarge,
    QuotaExceeded,
    UnsupportedMediaType,
    WrongOffset,
)
from services.domain.facets import LocationTags, Original
from services.domain.media import MediaKind
from services.domain.messages import Consumer
from services.domain.records import AssetState, Kind
from services.upload.check import UploadState
from services.upload.limits import Limits
from services.upload.write import Chunk
from tests.unit.upload.conftest import ANA, Uploads, chunks_of, header_of, jpeg

BIG = jpeg(noise=2 * SEGMENT + 1000)


async def test_a_written_file_is_durable_recorded_announced_and_logged(uploads: Uploads) -> None:
    written = await uploads.send(BIG)
    record = await uploads.catalog.get(ANA, Kind.ASSET, written.asset_id)
    original = record.require(Original)
    assert (record.state, record.time) == (AssetState.STORED, original.hint)
    assert (original.filename, original.path, original.kind) == (
        "IMG_1.jpg",
        "2024/IMG_1.jpg",
        MediaKind.PHOTO,
    )
    assert await uploads.vault.read(ANA, original.blob_key) == BIG
    (delivery,) = await uploads.bus.fetch(Consumer.METADATA, 10, 0)
    assert delivery.message.subject == written.asset_id
    (entry,) = await uploads.catalog.find(ANA, Kind.AUDIT)
    assert entry.require(AuditEntry).action is AuditAction.ASSET_STORED


async def test_a_known_file_is_answered_without_reading_on(uploads: Uploads) -> None:
    first = await uploads.send(BIG)
    chunks = chunks_of(BIG)
    again = await uploads.send(BIG, chunks)
    assert again.already_known
    assert again.asset_id == first.asset_id
    assert (await anext(chunks)).offset == 0


async def test_without_consent_nothing_is_read_or_stored(tmp_path: Path) -> None:
    uploads = Uploads(tmp_path)
    chunks = chunks_of(BIG)
    with pytest.raises(ConsentRequired, match="CLOUD_PROCESSING"):
        await uploads.send(BIG, chunks)
    assert (await anext(chunks)).offset == 0
    assert list_files(tmp_path) == []
    for asking in (uploads.check(ANA, [bytes(32)]), uploads.query(ANA, bytes(32))):
        with pytest.raises(ConsentRequired):
            await asking


async def test_a_write_that_breaks_off_goes_on_where_it_was(uploads: Uploads) -> None:
    with pytest.raises(CorruptUpload, match="too early") as broken:
        await uploads.send(BIG, chunks_of(BIG, end=SEGMENT + 300_000))
    assert broken.value.committed == SEGMENT
    sha256 = header_of(BIG).sha256
    assert (await uploads.query(ANA, sha256)).committed == SEGMENT
    (check,) = await uploads.check(ANA, [sha256])
    assert (check.state, check.committed) == (UploadState.PARTIAL, SEGMENT)
    written = await uploads.send(BIG, chunks_of(BIG, start=SEGMENT))
    assert written.committed == len(BIG)
    assert (await uploads.query(ANA, sha256)).asset_id == written.asset_id


async def test_a_write_that_is_cancelled_can_be_resumed(uploads: Uploads) -> None:
    async def stalled() -> AsyncIterator[Chunk]:
        async for chunk in chunks_of(BIG, end=SEGMENT + 300_000):
            yield chunk
        await asyncio.sleep(60)

    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.5):
            await uploads.send(BIG, stalled())
    assert (await uploads.query(ANA, header_of(BIG).sha256)).committed == SEGMENT
    await uploads.send(BIG, chunks_of(BIG, start=SEGMENT))


async def test_a_chunk_at_the_wrong_place_is_told_the_right_one(uploads: Uploads) -> None:
    with pytest.raises(WrongOffset, match="next byte wanted is 0") as wrong:
        await uploads.send(BIG, chunks_of(BIG, start=SEGMENT))
    assert wrong.value.committed == 0


async def test_more_bytes_than_declared_are_refused_and_the_rest_is_kept(uploads: Uploads) -> None:
    with pytest.raises(WrongOffset, match="declared to have") as wrong:
        await uploads.send(BIG, chunks_of(BIG + b"x" * 300_000))
    assert wrong.value.committed == SEGMENT
    await uploads.send(BIG, chunks_of(BIG, start=SEGMENT))


async def test_a_damaged_chunk_is_refused_and_the_rest_is_kept(uploads: Uploads) -> None:
    async def damaged() -> AsyncIterator[Chunk]:
        async for chunk in chunks_of(BIG):
            yield replace(chunk, crc32c=chunk.crc32c ^ 1) if chunk.offset > SEGMENT else chunk

    with pytest.raises(CorruptUpload, match="CRC32C") as corrupt:
        await uploads.send(BIG, damaged())
    assert corrupt.value.committed == SEGMENT
    await uploads.send(BIG, chunks_of(BIG, start=SEGMENT))


async def test_another_file_than_announced_begins_again(uploads: Uploads) -> None:
    other = BIG[:-1] + b"?"
    with pytest.raises(CorruptUpload, match="SHA-256") as corrupt:
        await uploads.send(BIG, chunks_of(other))
    assert corrupt.value.committed == 0
    assert (await uploads.query(ANA, header_of(BIG).sha256)).state is UploadState.MISSING
    await uploads.send(BIG)


async def test_a_file_that_was_announced_larger_than_it_is_can_still_be_stored(uploads: Uploads) -> None:
    """Whoever announced it wrongly left more than the file has: that must not be in the way for ever."""
    data = jpeg()
    header = header_of(data, size=3_000_000)
    with pytest.raises(CorruptUpload) as broken:
        await uploads.write(ANA, header, chunks_of(data + bytes(1_400_000)))
    assert broken.value.committed > len(data)
    with pytest.raises(CorruptUpload) as begun:
        await uploads.send(data, chunks_of(data, broken.value.committed))
    assert begun.value.committed == 0
    assert not (await uploads.send(data)).already_known


@pytest.mark.parametrize("data", [b"", b"x" * (256 * 1024 + 1)])
async def test_chunks_of_a_wrong_size_are_refused(uploads: Uploads, data: bytes) -> None:
    async def chunk() -> AsyncIterator[Chunk]:
        yield Chunk(0, data, 0)

    with pytest.raises(InvalidArgument, match="262144"):
        await uploads.send(BIG, chunk())


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"media_type": "application/pdf"}, UnsupportedMediaType),
        ({"path": "/etc/passwd"}, InvalidArgument),
        ({"path": "../x.jpg"}, InvalidArgument),
        ({"path": ""}, InvalidArgument),
        ({"size": 0}, InvalidArgument),
        ({"sha256": b"short"}, InvalidArgument),
        ({"size": 1 << 40}, MediaTooLarge),
    ],
)
async def test_headers_that_cannot_be_right_are_refused(
    uploads: Uploads, changes: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        await uploads.send(BIG, **changes)


async def test_a_decompression_bomb_is_refused_by_its_header(uploads: Uploads) -> None:
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = struct.pack(">I", 13) + b"IHDR" + header + struct.pack(">I", zlib.crc32(b"IHDR" + header))
    bomb = b"\x89PNG\r\n\x1a\n" + chunk + b"\0" * 300_000
    with pytest.raises(MediaTooLarge, match="60000 × 60000"):
        await uploads.send(bomb, media_type="image/png")
    assert (await uploads.query(ANA, header_of(bomb).sha256)).state is UploadState.MISSING


async def test_the_type_is_what_the_bytes_are_not_what_the_client_says(uploads: Uploads) -> None:
    buffer = io.BytesIO()
    Image.new("RGB", (9, 9)).save(buffer, "PNG")
    written = await uploads.send(buffer.getvalue(), media_type="image/jpeg")
    record = await uploads.catalog.get(ANA, Kind.ASSET, written.asset_id)
    assert record.require(Original).media_type == "image/png"


async def test_a_broken_file_is_the_owners_all_the_same(uploads: Uploads) -> None:
    assert not (await uploads.send(b"not a picture at all")).already_known


async def test_a_full_account_takes_no_more(tmp_path: Path, uploads: Uploads) -> None:
    small = Uploads(tmp_path, Limits(owner_bytes=len(BIG) + 10), uploads.rows)
    await small.send(BIG)
    with pytest.raises(QuotaExceeded, match="bytes of originals"):
        await small.send(jpeg(noise=20))


async def test_what_was_deleted_makes_room(
    tmp_path: Path, uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.upload.limits._RECOUNT_IN_DOUBT", 0.0)
    small = Uploads(tmp_path, Limits(owner_bytes=len(BIG) + 10), uploads.rows)
    stored = await small.send(BIG)
    with pytest.raises(QuotaExceeded):
        await small.send(jpeg(noise=20))
    async with small.catalog.transaction(ANA) as tx:
        await tx.delete(Kind.ASSET, [stored.asset_id])
    assert not (await small.send(jpeg(noise=20))).already_known


async def test_two_writers_of_one_file_do_not_mix(uploads: Uploads) -> None:
    first_chunk, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> AsyncIterator[Chunk]:
        async for chunk in chunks_of(BIG):
            yield chunk
            first_chunk.set()
            await go_on.wait()

    first = asyncio.create_task(uploads.send(BIG, slow()))
    await first_chunk.wait()
    with pytest.raises(Conflict, match="another call"):
        await uploads.send(BIG)
    go_on.set()
    assert not (await first).already_known
    assert (await uploads.send(BIG)).already_known


async def test_the_same_file_of_two_owners_is_two_assets(uploads: Uploads) -> None:
    for scope in (None, Scope.CLOUD_PROCESSING):
        await uploads.keyring.create("ben", scope)
    mine = await uploads.send(BIG)
    theirs = await uploads.write("ben", header_of(BIG), chunks_of(BIG))
    assert not theirs.already_known
    assert theirs.asset_id != mine.asset_id


async def test_without_location_coordinates_are_blanked_and_lost(uploads: Uploads) -> None:
    photo = jpeg(located=True, noise=SEGMENT)
    record = await sent(uploads, photo)
    stored = await uploads.vault.read(ANA, record.require(Original).blob_key)
    assert gps(photo)[2] == (38.0, 41.0, 29.0)
    assert not any(gps(stored).get(tag) == value for tag, value in gps(photo).items())
    assert len(stored) == len(photo)
    assert Image.open(io.BytesIO(stored)).tobytes() == Image.open(io.BytesIO(photo)).tobytes()
    assert record.get(LocationTags) is None


async def test_with_location_coordinates_rest_on_that_scope_alone(uploads: Uploads) -> None:
    await uploads.keyring.create(ANA, Scope.LOCATION)
    photo = jpeg(located=True, noise=SEGMENT)
    record = await sent(uploads, photo)
    key = record.require(Original).blob_key
    assert gps(await uploads.vault.read(ANA, key)) != gps(photo)
    assert await restored(uploads, key, record.require(LocationTags)) == photo
    await uploads.keyring.destroy(ANA, frozenset({Scope.LOCATION}), account=False)
    assert (await uploads.catalog.get(ANA, Kind.ASSET, record.id)).get(LocationTags) is None


@pytest.mark.parametrize("again", [False, True])
async def test_consent_that_goes_while_a_file_comes_in_leaves_nothing(uploads: Uploads, again: bool) -> None:
    async def revoking() -> AsyncIterator[Chunk]:
        async for chunk in chunks_of(BIG):
            yield chunk
        await uploads.keyring.destroy(ANA, frozenset({Scope.CLOUD_PROCESSING}), account=False)
        if again:
            await uploads.keyring.create(ANA, Scope.CLOUD_PROCESSING)

    with pytest.raises((ConsentRequired, Conflict)):
        await uploads.send(BIG, revoking())
    assert list_files(uploads.folder / "blobs") == []
    assert await uploads.catalog.find(ANA, Kind.ASSET) == []


async def test_asks_about_a_thousand_at_once_and_no_more(uploads: Uploads) -> None:
    hashes = [i.to_bytes(32, "big") for i in range(1000)]
    checks = await uploads.check(ANA, hashes)
    assert [check.sha256 for check in checks] == hashes
    assert {check.state for check in checks} == {UploadState.MISSING}
    with pytest.raises(InvalidArgument, match="at most 1000"):
        await uploads.check(ANA, [*hashes, bytes(32)])


async def sent(uploads: Uploads, data: bytes):
    return await uploads.catalog.get(ANA, Kind.ASSET, (await uploads.send(data)).asset_id)


async def restored(uploads: Uploads, key: str, tags: LocationTags) -> bytes:
    async with uploads.vault.as_file(ANA, key, tags.patches) as path:
        return path.read_bytes()


def gps(photo: bytes) -> dict[int, object]:
    return dict(Image.open(io.BytesIO(photo)).getexif().get_ifd(0x8825))


def list_files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]
