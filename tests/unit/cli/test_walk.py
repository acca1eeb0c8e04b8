"""Photos and videos are found; everything else is counted with its reason."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.cli.sync.walk import Walk

JPEG = b"\xff\xd8\xff\xe0" + bytes(60)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, data in {
        "b.jpg": JPEG,
        "2024/05/a.jpg": JPEG,
        "no-extension": JPEG,
        "damaged.jpg": b"rubbish" * 10,
        "notes.txt": b"hello, this is no photo" * 4,
        "empty.jpg": b"",
        ".hidden.jpg": JPEG,
        ".thumbnails/c.jpg": JPEG,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    os.mkfifo(tmp_path / "pipe.jpg")
    (tmp_path / "gone.jpg").symlink_to(tmp_path / "nowhere.jpg")
    return tmp_path


def test_media_files_are_found_by_their_bytes_or_else_their_names(folder: Path) -> None:
    found = {file.relative: file for file in Walk(folder)}
    assert set(found) == {"b.jpg", "2024/05/a.jpg", "no-extension", "damaged.jpg"}
    assert {file.media_type for file in found.values()} == {"image/jpeg"}
    assert found["b.jpg"].size == len(JPEG)


def test_what_is_left_out_is_counted_with_its_reason(folder: Path) -> None:
    walk = Walk(folder)
    list(walk)
    assert walk.skipped == {
        "hidden": 1,
        "empty": 1,
        "not a photo or video": 1,
        "not a file": 1,
        "cannot be read (no such file or directory)": 1,
    }


def test_a_file_that_may_not_be_read_is_left_out(folder: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("root may read everything")
    (folder / "b.jpg").chmod(0)
    walk = Walk(folder)
    assert "b.jpg" not in {file.relative for file in walk}
    assert walk.skipped["cannot be read (permission denied)"] == 1
