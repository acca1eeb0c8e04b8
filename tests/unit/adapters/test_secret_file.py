"""Who may read a secret."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from services.adapters.sealed.secret_file import load_or_create
from services.domain.errors import FailedPrecondition


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o644])
def test_a_file_of_ours_is_ours_alone(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.key"
    assert load_or_create(path, lambda: b"made") == b"made"
    path.chmod(mode)
    with pytest.raises(FailedPrecondition, match="chmod 600"):
        load_or_create(path, lambda: b"other")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root gives files away")
def test_a_file_that_was_mounted_is_read_by_our_group(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(b"mounted")
    os.chown(path, 65534, os.getegid())
    path.chmod(0o440)
    assert load_or_create(path, lambda: b"other") == b"mounted"
    path.chmod(0o444)
    with pytest.raises(FailedPrecondition):
        load_or_create(path, lambda: b"other")
