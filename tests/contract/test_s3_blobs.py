"""What the S3 store does beyond the contract: parts, their composition, versions, and a server that fails."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from minio.versioningconfig import ENABLED, VersioningConfig

from services.adapters.s3.access import S3Place, S3Server
from services.adapters.s3.client import S3Client
from services.adapters.s3.staged import PART
from services.adapters.s3.store import S3BlobStore
from services.adapters.seaweedfs.server import SeaweedServer, seaweedfs
from services.domain.errors import FailedPrecondition, NotFound, Unavailable
from services.domain.records import Erasure
from tests.s3_server import fresh_bucket, installed

MIB = 1 << 20
FILE = bytes(range(256)) * (20 * MIB // 256) + b"the end"
"""Two whole parts and a tail."""


@pytest.fixture
async def client(s3: S3Server) -> AsyncIterator[S3Client]:
    async with fresh_bucket(s3) as opened:
        yield opened


async def appended(blobs: S3BlobStore, data: bytes, start: int = 0):
    stage = await blobs.stage("ana/video")
    for at in range(start, len(data), MIB):
        await stage.append(data[at : at + MIB])
    return stage


async def names(client: S3Client, prefix: str = "") -> list[str]:
    return [found.name async for found in client.listing(prefix)]


async def test_parts_are_written_while_the_file_streams_and_become_one_blob(client: S3Client) -> None:
    blobs = S3BlobStore(client)
    stage = await appended(blobs, FILE)
    assert await names(client) == [f"stages/ana/video:{offset:016}" for offset in (0, PART)]
    assert len(stage._tail) == len(FILE) - 2 * PART
    assert await stage.read(PART - 3, 6) == FILE[PART - 3 : PART + 3]
    assert await stage.read(2 * PART - 3, 10 * MIB) == FILE[2 * PART - 3 :]
    await stage.commit("ana/video")
    assert await names(client) == ["blobs/ana/video"]
    assert await blobs.read("ana/video", 0, len(FILE)) == FILE


async def test_a_stage_goes_on_in_another_process_tail_included(client: S3Client) -> None:
    stage = await appended(S3BlobStore(client), FILE[: 10 * MIB])
    await stage.flush()
    blobs = S3BlobStore(client)
    assert (await blobs.stage("ana/video")).size == 10 * MIB
    await (await appended(blobs, FILE, start=10 * MIB)).commit("ana/video")
    assert await names(client) == ["blobs/ana/video"]
    assert await blobs.read("ana/video", 0, len(FILE)) == FILE


async def test_a_writer_that_is_killed_loses_its_tail_and_no_more(client: S3Client) -> None:
    await appended(S3BlobStore(client), FILE[: 13 * MIB])
    assert (await S3BlobStore(client).stage("ana/video")).size == PART


@pytest.mark.parametrize("size", [0, 5, PART, PART + 5, 2 * PART, 2 * PART + 5])
async def test_a_cut_is_durable_wherever_it_falls(client: S3Client, size: int) -> None:
    blobs = S3BlobStore(client)
    stage = await appended(blobs, FILE)
    await stage.truncate(size)
    assert stage.size == size
    if size <= 2 * PART:
        assert (await S3BlobStore(client).stage("ana/video")).size == size
    await stage.append(b"x" * MIB)
    await stage.commit("ana/video")
    assert await blobs.read("ana/video", 0, len(FILE)) == FILE[:size] + b"x" * MIB


async def test_what_lies_behind_a_gap_is_not_gone_on_from(client: S3Client) -> None:
    await appended(S3BlobStore(client), FILE)
    await client.remove(
        [found async for found in client.listing("stages/ana/video:") if found.name[-1] == "0"]
    )
    blobs = S3BlobStore(client)
    await (await appended(blobs, FILE)).commit("ana/video")
    assert await blobs.read("ana/video", 0, len(FILE)) == FILE
    assert await names(client) == ["blobs/ana/video"]


async def test_a_part_that_somebody_else_replaced_is_not_made_part_of_a_blob(client: S3Client) -> None:
    stage = await appended(S3BlobStore(client), FILE)
    await client.put(f"stages/ana/video:{PART:016}", b"y" * PART)
    with pytest.raises(NotFound):
        await stage.commit("ana/video")
    assert await names(client, "blobs/") == []


async def test_a_commit_that_was_killed_is_swept(client: S3Client) -> None:
    minio = client._minio
    minio._create_multipart_upload("tests", f"{client._place.prefix}blobs/ana/video", {})
    now = datetime.now(UTC)
    assert await client.abort_multipart_uploads("blobs/", now - timedelta(hours=1)) == 0
    assert await client.abort_multipart_uploads("blobs/", now + timedelta(hours=1)) == 1
    minio._create_multipart_upload("tests", f"{client._place.prefix}blobs/ana/video", {})
    assert await S3BlobStore(client).sweep(now + timedelta(hours=1)) == Erasure()
    assert await client.abort_multipart_uploads("blobs/", now + timedelta(hours=1)) == 0


async def test_where_versions_are_kept_erasure_takes_all_of_them(s3: S3Server) -> None:
    client = S3Client(s3, S3Place("versioned"))
    await client.open()
    client._minio.set_bucket_versioning("versioned", VersioningConfig(ENABLED))
    await client.open()
    blobs = S3BlobStore(client)
    for data in (b"old", b"newer"):
        stage = await blobs.stage("ana/a")
        await stage.append(data)
        await stage.commit("ana/a")
    assert len([found async for found in client.listing("", versions=True)]) == 2
    assert await blobs.delete_prefix("ana/") == Erasure(blobs=1, bytes=8)
    assert [found async for found in client.listing("", versions=True)] == []
    client.close()


async def test_wrong_keys_are_told_and_a_server_that_is_away_is_unavailable(s3: S3Server) -> None:
    stranger = S3Client(S3Server(s3.endpoint, "nobody", "nothing"), S3Place("tests"))
    with pytest.raises(FailedPrecondition, match="STORYROLL_S3_ENDPOINT"):
        await stranger.open()
    stranger.close()
    nobody = S3Client(S3Server("http://127.0.0.1:9", "a", "b"), S3Place("tests"))
    with pytest.raises(Unavailable, match="does not answer") as away:
        await nobody.open()
    assert away.value.retry_after > 0
    nobody.close()


@pytest.mark.slow
async def test_a_server_that_is_killed_comes_back_with_all_that_was_acknowledged(tmp_path: Path) -> None:
    async with seaweedfs(installed(), tmp_path) as server, fresh_bucket(server.access) as client:
        blobs = S3BlobStore(client)
        stage = await appended(blobs, FILE[: 9 * MIB])
        await stage.flush()
        assert server.pid
        os.kill(server.pid, signal.SIGKILL)
        await asyncio.sleep(0.2)
        await server.ready()
        await (await appended(blobs, FILE, start=9 * MIB)).commit("ana/video")
        assert await blobs.read("ana/video", 0, len(FILE)) == FILE
        await deleted_bytes_are_gone(server, client, tmp_path)
        assert await blobs.read("ana/video", 0, len(FILE)) == FILE


async def deleted_bytes_are_gone(server: SeaweedServer, client: S3Client, folder: Path) -> None:
    """What was deleted is in no file of the server any more, once it has tidied up."""
    secret = os.urandom(2 * MIB)

    def betrays() -> bool:
        return any(secret[MIB:][:64] in path.read_bytes() for path in folder.rglob("*.dat"))

    await client.put("quarantine", secret)
    assert await asyncio.to_thread(betrays)
    await client.remove([found async for found in client.listing("quarantine")])
    async with asyncio.timeout(60):
        while await asyncio.to_thread(betrays):  # deletions reach volumes after a while
            await server.vacuum()
