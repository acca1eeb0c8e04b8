"""One server a folder, and clients that find it."""

from __future__ import annotations

import asyncio
import errno
from pathlib import Path

import pytest

from services.domain.errors import FailedPrecondition
from services.rpc.data_folder import DEFAULT_ADDRESS, DataFolder


def test_a_second_server_is_refused_until_the_first_has_gone(tmp_path: Path) -> None:
    first, second = DataFolder(tmp_path), DataFolder(tmp_path)
    with (
        first.locked(),
        pytest.raises(FailedPrecondition, match="another server uses"),
        second.locked(),
    ):
        pass
    with DataFolder(tmp_path).locked():
        pass


def test_clients_find_the_server_and_are_believed(tmp_path: Path) -> None:
    server, client = DataFolder(tmp_path), DataFolder(tmp_path)
    assert client.address() == DEFAULT_ADDRESS
    server.remember_address("127.0.0.1:9999")
    assert client.address() == "127.0.0.1:9999"
    assert asyncio.run(server.issuer().verifier().owner(client.issuer().mint("ana"))) == "ana"


def test_the_keys_are_for_this_user_only(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    folder.issuer()
    (key,) = (tmp_path / "keys").iterdir()
    assert key.stat().st_mode & 0o777 == 0o600
    key.chmod(0o644)
    with pytest.raises(FailedPrecondition, match="chmod 600"):
        folder.issuer()


def test_a_server_that_is_where_it_was_needs_no_room_to_say_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = DataFolder(tmp_path)
    folder.remember_address("127.0.0.1:9999")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "write_text", full)
    folder.remember_address("127.0.0.1:9999")
    with pytest.raises(OSError, match="No space"):
        folder.remember_address("127.0.0.1:9998")
    assert folder.address() == "127.0.0.1:9999"
