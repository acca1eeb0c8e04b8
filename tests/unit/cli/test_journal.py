"""Unchanged files are not hashed again; a damaged journal costs time only."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from services.cli.sync.journal import Journal
from services.cli.sync.walk import LocalFile

FILE = LocalFile(Path("/photos/a.jpg"), "a.jpg", 5, 1_700_000_000_000_000_000, "image/jpeg")
DIGEST = bytes(range(32))


def written(path: Path, *files: LocalFile) -> Path:
    with Journal(path) as journal:
        for file in files:
            journal.remember(file, DIGEST)
    return path


def test_an_unchanged_file_is_known(tmp_path: Path) -> None:
    with Journal(written(tmp_path / "j", FILE)) as journal:
        assert journal.digest(FILE) == DIGEST


@pytest.mark.parametrize(
    "changed",
    [replace(FILE, size=6), replace(FILE, modified_ns=1), replace(FILE, relative="b.jpg")],
)
def test_a_changed_file_is_not(tmp_path: Path, changed: LocalFile) -> None:
    with Journal(written(tmp_path / "j", FILE)) as journal:
        assert journal.digest(changed) is None


def test_a_line_that_was_cut_off_is_ignored(tmp_path: Path) -> None:
    path = written(tmp_path / "j", FILE, replace(FILE, relative="b.jpg"))
    path.write_bytes(path.read_bytes()[:-20] + b"\xff")
    with Journal(path) as journal:
        assert journal.digest(FILE) == DIGEST
        assert journal.digest(replace(FILE, relative="b.jpg")) is None


def test_it_does_not_grow_with_every_sync(tmp_path: Path) -> None:
    path = tmp_path / "j"
    for size in range(20):
        written(path, replace(FILE, size=size))
    with Journal(path):
        assert len(path.read_text().splitlines()) == 1


def test_names_that_are_not_unicode(tmp_path: Path) -> None:
    odd = replace(FILE, relative="caf\udce9.jpg")
    with Journal(written(tmp_path / "j", odd)) as journal:
        assert journal.digest(odd) == DIGEST


def test_folders_have_journals_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYROLL_STATE", str(tmp_path / "state"))
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        with Journal.of(tmp_path / name) as journal:
            assert journal.digest(FILE) is None
            journal.remember(FILE, DIGEST)
    assert len(list((tmp_path / "state").rglob("*.jsonl"))) == 2
