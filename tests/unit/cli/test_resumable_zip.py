"""A ZIP file goes on wherever whoever wrote it was stopped, and never has its name before it is whole."""

from __future__ import annotations

import io
import os
import shutil
import time
import zipfile
from pathlib import Path

import pytest

from services.cli.failures import CommandError
from services.cli.resumable_zip import STALE, ResumableZip

FILES = {
    "account.json": b'{"owner": "ana"}' * 40,
    "originals/1/caf\u00e9.jpg": bytes(range(256)) * 40,
    "originals/2/empty.jpg": b"",
    "originals/3/c.jpg": os.urandom(3000),
}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.zip"


def write(out: Path, files: dict[str, bytes]) -> list[str]:
    """Write those files that are not there; return which were."""
    with ResumableZip(out) as archive:
        found = archive.names
        for name, data in files.items():
            if name not in found:
                archive.add(name, io.BytesIO(data))
        archive.finish()
    return found


def read(out: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(out) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def killed(out: Path, count: int) -> None:
    """Leave what a process leaves that is killed in the middle of the file behind so many."""
    with ResumableZip(out) as archive:
        for name, data in list(FILES.items())[:count]:
            archive.add(name, io.BytesIO(data))
        left = out.with_name("left")
        shutil.copy(f"{out}.part", left)
        shutil.copy(f"{out}.part.journal", f"{left}.journal")
    with left.open("ab") as part:
        part.write(b"half of what follows")
    left.replace(f"{out}.part")
    Path(f"{left}.journal").replace(f"{out}.part.journal")


def test_it_is_there_when_it_is_whole_and_only_then(out: Path) -> None:
    with ResumableZip(out) as archive:
        for name, data in FILES.items():
            archive.add(name, io.BytesIO(data))
        assert not out.exists()
        archive.finish()
    assert read(out) == FILES
    assert [path.name for path in out.parent.iterdir()] == ["out.zip"]
    assert out.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("count", range(len(FILES) + 1))
def test_it_goes_on_behind_the_last_whole_file(out: Path, count: int) -> None:
    killed(out, count)
    assert write(out, FILES) == list(FILES)[:count]
    assert read(out) == FILES


def test_it_goes_on_as_far_as_what_is_there_is_right(out: Path) -> None:
    """As after a power cut, when bytes are missing that the journal speaks of, or are others."""
    killed(out, len(FILES))
    whole = Path(f"{out}.part").read_bytes()
    journal = Path(f"{out}.part.journal").read_bytes()
    for end in range(0, len(whole), 97):
        Path(f"{out}.part.journal").write_bytes(journal)
        Path(f"{out}.part").write_bytes(whole[:end] + bytes(50) + whole[end + 50 :])
        found = write(out, FILES)
        assert found == list(FILES)[: len(found)]
        assert read(out) == FILES


@pytest.mark.parametrize("line", [b"{", b"[1]\n", b'{"name": 1}\n', b"\xff\n", b"null\n"])
def test_a_journal_that_broke_off_is_believed_up_to_there(out: Path, line: bytes) -> None:
    killed(out, 2)
    with Path(f"{out}.part.journal").open("ab") as journal:
        journal.write(line)
    assert write(out, FILES) == list(FILES)[:2]
    assert read(out) == FILES


def test_what_broke_off_long_ago_is_begun_anew(out: Path) -> None:
    killed(out, 2)
    os.utime(f"{out}.part", (time.time() - STALE - 60,) * 2)
    assert write(out, FILES) == []
    assert read(out) == FILES


def test_two_do_not_write_one_file(out: Path) -> None:
    with ResumableZip(out), pytest.raises(CommandError, match="another export"), ResumableZip(out):
        pass


def test_a_file_that_is_not_ours_stays_as_it_is(out: Path) -> None:
    Path(f"{out}.part").write_bytes(b"a download")
    with pytest.raises(CommandError, match="move it elsewhere"), ResumableZip(out):
        pass
    assert Path(f"{out}.part").read_bytes() == b"a download"
