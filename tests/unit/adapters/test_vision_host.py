"""Where models may run, as people write it."""

from __future__ import annotations

import pytest
from pydantic import ValidationError
from typer.testing import CliRunner

from services.adapters.vision_host import known_host, vision_kind
from services.cli.main import app
from services.rpc.alone import FolderSettings


@pytest.mark.parametrize(
    ("place", "kind"),
    [
        ("local", "local"),
        ("triton", "triton"),
        ("grpc://triton.storyroll:8001", "grpc"),
        ("grpc://127.0.0.1:8001", "grpc"),
        ("grpc://[::1]:8001", "grpc"),
    ],
)
def test_places(place: str, kind: str) -> None:
    assert vision_kind(place) == kind
    assert known_host(place) == place


@pytest.mark.parametrize(
    "place",
    [
        "",
        "LOCAL",
        "grpc://",
        "grpc://host",
        "grpc://:8001",
        "grpc://host:port",
        "grpc://host:99999",
        "grpc://host:8001/x",
        "http://host:8001",
        "host:8001",
    ],
)
def test_places_that_are_none(place: str) -> None:
    with pytest.raises(ValueError, match=r"give local, triton or grpc://host:port"):
        known_host(place)


def test_a_service_alone_takes_it_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORYROLL_VISION", "grpc://triton:8001")
    assert FolderSettings().vision == "grpc://triton:8001"
    monkeypatch.setenv("STORYROLL_VISION", "somewhere")
    with pytest.raises(ValidationError, match="no place for vision"):
        FolderSettings()


def test_the_command_line_says_what_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    result = CliRunner().invoke(app, ["up", "--vision", "somewhere"])
    assert result.exit_code == 2
    assert "'somewhere' is no place for vision: give local, triton or grpc://host:port" in result.output
