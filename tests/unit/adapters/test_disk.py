"""Files that the disk store makes."""

from __future__ import annotations

import contextlib
import stat
from pathlib import Path

import pytest

from services.adapters.disk import DiskBlobStore
from services.domain.errors import InvalidArgument, Unavailable


async def _put(blobs: DiskBlobStore, key: str) -> None:
    stage = await blobs.stage(key)
    await stage.append(b"1")
    await stage.commit(key)


def _below(folder: Path) -> list[Path]:
    return list(folder.rglob("*"))


@pytest.mark.parametrize("key", ["../outside", "../../outside", "a/../../outside", "/outside/x", "a//b", ""])
async def test_no_key_leaves_the_root(tmp_path: Path, key: str) -> None:
    root = tmp_path / "deep" / "root"
    with contextlib.suppress(InvalidArgument):
        await _put(DiskBlobStore(root), key)
    assert all(path.is_relative_to(root) for path in _below(tmp_path) if path.is_file())


async def test_blobs_are_private(tmp_path: Path) -> None:
    await _put(DiskBlobStore(tmp_path / "root"), "ana/x")
    made = {path.name: stat.S_IMODE(path.stat().st_mode) for path in _below(tmp_path / "root")}
    assert made["x"] == 0o600
    assert made["ana"] == 0o700


async def test_erasing_an_owner_leaves_no_folder_of_that_name(tmp_path: Path) -> None:
    blobs = DiskBlobStore(tmp_path / "root")
    await _put(blobs, "ana/originals/x")
    await (await blobs.stage("ana/originals/y")).append(b"1")
    await blobs.delete_prefix("ana/")
    assert [path.name for path in _below(tmp_path)] == ["root", ".staging"]


async def test_a_key_too_long_for_the_file_system_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidArgument):
        await DiskBlobStore(tmp_path).stage("x" * 300)


async def test_a_store_that_fails_is_unavailable(tmp_path: Path) -> None:
    (tmp_path / "ana").write_text("a file where a folder must be")
    with pytest.raises(Unavailable):
        await _put(DiskBlobStore(tmp_path), "ana/x")
