"""Where records are kept is said in words that are checked before anything is opened."""

from __future__ import annotations

from pathlib import Path

import pytest

from services.adapters.database_choice import DatabaseHost, Pooling, is_shared, known_database
from services.domain.errors import FailedPrecondition
from services.rpc.alone import FolderSettings, Places
from services.rpc.data_folder import DataFolder
from services.rpc.settings import DatabaseSettings

SERVER = "postgresql://storyroll:s3cret@db.example/storyroll?sslmode=verify-full"


@pytest.mark.parametrize("where", ["sqlite", "postgres", SERVER, "postgres://host/name"])
def test_places_are_known(where: str) -> None:
    assert known_database(where) == where
    assert is_shared(where) == ("://" in where)


@pytest.mark.parametrize("where", ["", "memory", "mysql://u:s3cret@h/d", "s3cret"])
def test_what_is_no_place_is_refused_without_repeating_it(where: str) -> None:
    with pytest.raises(ValueError, match="no such place for the catalog") as refused:
        DatabaseHost(where)
    assert "s3cret" not in str(refused.value)


def test_secrets_are_not_shown() -> None:
    assert "s3cret" not in repr(DatabaseHost(SERVER, keys=SERVER))
    assert "s3cret" not in repr(Places(database=SERVER))


def test_data_keys_have_a_server_or_none() -> None:
    with pytest.raises(ValueError, match="PostgreSQL of their own"):
        DatabaseHost(SERVER, keys="sqlite")


def test_settings_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    assert FolderSettings().places().database == "sqlite"
    monkeypatch.setenv("STORYROLL_DATABASE", SERVER)
    monkeypatch.setenv("STORYROLL_DATABASE_KEYS", SERVER)
    monkeypatch.setenv("STORYROLL_DATABASE_WRITERS", "3")
    monkeypatch.setenv("STORYROLL_DATABASE_LOCK_TIMEOUT", "2.5")
    settings = FolderSettings()
    assert "s3cret" not in repr(settings)
    host = DatabaseSettings().host(settings.places().database)
    assert host == DatabaseHost(SERVER, SERVER, Pooling(writers=3, lock=2.5))
    assert host.shared
    monkeypatch.setenv("STORYROLL_DATABASE", "elsewhere")
    with pytest.raises(ValueError, match="no such place"):
        FolderSettings()


def test_a_folder_can_be_held_by_several_who_share_it(tmp_path: Path) -> None:
    folder = DataFolder(tmp_path)
    refused = pytest.raises(FailedPrecondition, match="another server uses")
    with folder.locked(shared=True), folder.locked(shared=True), refused, folder.locked():
        pytest.fail("held alone and shared")
    with folder.locked(), refused, folder.locked(shared=True):
        pytest.fail("shared and held alone")
