"""`storyroll migrate`."""

from __future__ import annotations

from pathlib import Path

from typer.testing import CliRunner

from services.cli.main import app
from services.rpc.data_folder import DataFolder


def migrate(data: Path, *options: str) -> tuple[int, str]:
    ended = CliRunner().invoke(app, ["migrate", "--data", str(data), *options])
    return ended.exit_code, ended.output


def test_tables_are_changed_once(tmp_path: Path) -> None:
    assert migrate(tmp_path) == (0, "the tables were changed to what this version needs\n")
    assert migrate(tmp_path) == (0, "the tables are up to date\n")


def test_nothing_is_changed_while_a_server_uses_the_folder(tmp_path: Path) -> None:
    with DataFolder(tmp_path).locked():
        code, said = migrate(tmp_path)
    assert code == 1
    assert "another server uses" in said


def test_what_is_no_database_is_refused(tmp_path: Path) -> None:
    code, said = migrate(tmp_path, "--database", "mysql://secret@host/db")
    assert code == 2
    assert "catalog" in said
    assert "secret" not in said
