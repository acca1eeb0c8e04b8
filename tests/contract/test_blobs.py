"""What every BlobStore must do."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from services.domain.errors import NotFound
from services.domain.ports import BlobStore
from services.domain.records import Erasure


async def put(blobs: BlobStore, key: str, data: bytes) -> None:
    stage = await blobs.stage(key)
    await stage.append(data)
    await stage.commit(key)


async def test_a_committed_blob_reads_back_in_ranges(blobs):
    await put(blobs, "ana/a", b"0123456789")
    assert await blobs.size("ana/a") == 10
    assert await blobs.read("ana/a", 0, 10) == b"0123456789"
    assert await blobs.read("ana/a", 3, 4) == b"3456"
    assert await blobs.read("ana/a", 8, 100) == b"89"


async def test_what_is_not_there_is_not_found(blobs):
    with pytest.raises(NotFound):
        await blobs.read("ana/a", 0, 1)
    with pytest.raises(NotFound):
        await blobs.size("ana/a")
    assert await blobs.delete("ana/a") == 0
    assert await blobs.delete_prefix("ana/") == Erasure()


async def test_a_stage_is_no_blob_yet(blobs):
    stage = await blobs.stage("ana/a")
    await stage.append(b"1")
    with pytest.raises(NotFound):
        await blobs.size("ana/a")
    assert [key async for key in blobs.keys("")] == []


async def test_a_stage_goes_on_where_the_last_writer_stopped(blobs):
    stage = await blobs.stage("ana/a")
    await stage.append(b"one ")
    await stage.flush()
    resumed = await blobs.stage("ana/a")
    assert resumed.size == 4
    await resumed.append(b"two")
    assert await resumed.read(2, 100) == b"e two"
    await resumed.commit("ana/a")
    assert await blobs.read("ana/a", 0, 100) == b"one two"
    assert (await blobs.stage("ana/a")).size == 0


async def test_a_stage_can_be_cut_and_discarded(blobs):
    stage = await blobs.stage("ana/a")
    await stage.append(b"12345")
    await stage.truncate(2)
    await stage.append(b"x")
    assert await stage.read(0, 9) == b"12x"
    await stage.discard()
    assert (await blobs.stage("ana/a")).size == 0


async def test_a_writer_whose_stage_was_deleted_is_told(blobs):
    stage = await blobs.stage("ana/a")
    await stage.append(b"12345")
    await blobs.delete_prefix("ana/")
    with pytest.raises(NotFound):
        await stage.append(b"6")
    with pytest.raises(NotFound):
        await stage.commit("ana/a")
    assert [key async for key in blobs.keys("")] == []


async def test_a_commit_replaces(blobs):
    await put(blobs, "ana/a", b"old")
    await put(blobs, "ana/a", b"new!")
    assert await blobs.read("ana/a", 0, 9) == b"new!"


async def test_a_prefix_takes_its_blobs_and_stages_and_no_others(blobs):
    for key in ("ana/originals/1", "ana/originals/2", "ana/other", "anabel/1", "Ana/1"):
        await put(blobs, key, b"12")
    staged = await blobs.stage("ana/originals/3")
    await staged.append(b"345")
    assert [key async for key in blobs.keys("ana/originals/")] == ["ana/originals/1", "ana/originals/2"]
    assert await blobs.delete_prefix("ana/originals/") == Erasure(blobs=3, bytes=7)
    assert (await blobs.stage("ana/originals/3")).size == 0
    assert {key async for key in blobs.keys("")} == {"ana/other", "anabel/1", "Ana/1"}


@pytest.mark.parametrize("name", ["..", ".", ".staging", "a b", "ä/é", "%2e", "a\\b", "\0", "~", "CON"])
async def test_any_text_is_a_key(blobs, name):
    key = f"{name}/x"
    await put(blobs, key, b"1")
    assert [found async for found in blobs.keys("")] == [key]
    assert await blobs.read(key, 0, 1) == b"1"
    assert await blobs.delete(key) == 1


async def test_committed_blobs_are_listed_by_when_that_was(blobs):
    begun = datetime.now(UTC) - timedelta(seconds=2)
    for key in ("ana/originals/1", "ana/originals/2", "ana/x", "anabel/1"):
        await put(blobs, key, b"12")
    await (await blobs.stage("ana/originals/3")).append(b"345")
    over = datetime.now(UTC) + timedelta(seconds=2)

    async def listed(prefix: str, since: datetime, before: datetime) -> list[str]:
        return sorted([key async for key in blobs.committed(prefix, since, before)])

    assert await listed("ana/", begun, over) == ["ana/originals/1", "ana/originals/2", "ana/x"]
    assert await listed("ana/originals/2", begun, over) == ["ana/originals/2"]
    assert await listed("", begun, over) == ["ana/originals/1", "ana/originals/2", "ana/x", "anabel/1"]
    assert await listed("ana/", begun - timedelta(hours=1), begun) == []
    assert await listed("ana/", over, over + timedelta(hours=1)) == []
    assert await listed("nobody/", begun, over) == []


async def test_unfinished_stages_are_listed_with_what_is_durable(blobs):
    begun = datetime.now(UTC) - timedelta(seconds=2)
    for key, data in (("ana/2", b"12"), ("ana/1", b"1"), ("ben/1", b"123")):
        stage = await blobs.stage(key)
        await stage.append(data)
        await stage.flush()
    found = [left async for left in blobs.unfinished("ana/")]
    assert [(left.key, left.size) for left in found] == [("ana/1", 1), ("ana/2", 2)]
    assert all(begun <= left.touched <= datetime.now(UTC) + timedelta(seconds=2) for left in found)


async def test_a_sweep_takes_stages_that_were_left_and_no_blob(blobs):
    await put(blobs, "ana/1", b"1")
    stage = await blobs.stage("ana/2")
    await stage.append(b"12")
    await stage.flush()
    now = datetime.now(UTC)
    assert await blobs.sweep(now - timedelta(hours=1)) == Erasure()
    assert await blobs.sweep(now + timedelta(hours=1)) == Erasure(blobs=1, bytes=2)
    assert [left async for left in blobs.unfinished("")] == []
    assert [key async for key in blobs.keys("")] == ["ana/1"]


async def test_a_writer_whose_stage_was_swept_is_told(blobs):
    stage = await blobs.stage("ana/1")
    await stage.append(b"12345")
    await stage.flush()
    await blobs.sweep(datetime.now(UTC) + timedelta(hours=1))
    with pytest.raises(NotFound):
        await stage.append(b"6")
    assert [key async for key in blobs.keys("")] == []
