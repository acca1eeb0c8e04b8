"""The disk is full: callers are told so, nothing half is left, and uploads go on when there is room again."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from services.adapters.scratch import ScratchSpace
from services.adapters.sql import open_sqlite
from services.domain.errors import Unavailable
from services.domain.facets import Original
from services.domain.records import Kind
from services.upload.check import UploadState
from tests.unit.upload.conftest import ANA, Uploads, chunks_of, header_of, jpeg

MIB = 1 << 20
PHOTO = jpeg(noise=9 * MIB)
"""More than waits in memory for its place on the disk."""


@contextmanager
def full_beyond(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a size: a write then fails as on a full disk."""
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))


def committed_blobs(uploads: Uploads) -> list[Path]:
    return [path for path in (uploads.folder / "blobs/ana").rglob("*") if path.is_file()]


@pytest.mark.parametrize("room", [0, MIB // 2, 6 * MIB + MIB // 2])
async def test_a_write_to_a_full_disk_is_resumed_when_there_is_room(uploads: Uploads, room: int) -> None:
    with full_beyond(room), pytest.raises(Unavailable, match="no room left on the disk for photos") as full:
        await uploads.send(PHOTO)
    assert full.value.retry_after > 0
    assert committed_blobs(uploads) == []
    check = await uploads.query(ANA, header_of(PHOTO).sha256)
    assert check.committed == room // MIB * MIB
    assert check.state is (UploadState.PARTIAL if room >= MIB else UploadState.MISSING)
    written = await uploads.send(PHOTO, chunks_of(PHOTO, check.committed))
    record = await uploads.catalog.get(ANA, Kind.ASSET, written.asset_id)
    assert await uploads.vault.read(ANA, record.require(Original).blob_key) == PHOTO


def test_what_is_short_lived_needs_room_too(tmp_path: Path) -> None:
    space = ScratchSpace(tmp_path, tmpfs=tmp_path)
    with full_beyond(1000), pytest.raises(Unavailable, match="short-lived"), space.lend(2000) as path:
        path.write_bytes(bytes(2000))
    assert not list(tmp_path.rglob("*-*-*"))


async def test_a_full_catalog_says_so_and_goes_on_later(tmp_path: Path) -> None:
    rows = await open_sqlite(tmp_path / "catalog.db")
    async with rows._database.writers.begin() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar()
        await connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")

    async def store(size: int) -> None:
        async with rows.write() as tx:
            await tx.keys.add("ana", "scope", bytes(size))

    with pytest.raises(Unavailable, match="no room left on the disk for the catalog"):
        await store(MIB)
    async with rows._database.writers.begin() as connection:
        await connection.exec_driver_sql("PRAGMA max_page_count = 100000")
    await store(MIB)
    await rows.close()
