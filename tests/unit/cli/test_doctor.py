"""`storyroll doctor` says what is missing on a machine, and what to do about it."""

from __future__ import annotations

import shutil
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import PIL
import pytest
from typer.testing import CliRunner

from inference_core.models import build
from inference_core.preprocess import kernels
from inference_core.serving import install, machine
from services.cli.failures import ExitCode
from services.cli.main import app
from services.rpc.data_folder import DataFolder

REAL_MODELS = build.list_models
PARTS = ("models: all are built", "HEIC photos", "videos", "1024.0 GiB free", "a server at 127.0.0.1:")


class Usage(NamedTuple):
    """As `shutil.disk_usage` returns it, in bytes."""

    total: int
    used: int
    free: int


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """The data folder of a server that listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        DataFolder(tmp_path).remember_address(f"127.0.0.1:{listening.getsockname()[1]}")
        yield tmp_path


@pytest.fixture(autouse=True)
def well(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that lacks nothing."""
    monkeypatch.setattr(build, "list_models", list)
    monkeypatch.setattr(kernels, "COMPILED", True)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 0, 1 << 40))


def examined(data: Path, code: int) -> str:
    result = CliRunner().invoke(app, ["doctor", "--data", str(data)])
    assert result.exit_code == code, result.output
    return result.output


def advice(said: str) -> list[tuple[str, str]]:
    """Return what is missing, each with the advice below it."""
    lines = said.splitlines()
    return [
        (line.removeprefix("missing  "), below.strip())
        for line, below in zip(lines, [*lines[1:], ""], strict=True)
        if line.startswith("missing")
    ]


def test_a_machine_that_lacks_nothing(data: Path) -> None:
    said = examined(data, 0)
    assert advice(said) == []
    assert all(line.startswith("ok ") for line in said.splitlines())
    for part in (
        "models: all are built",
        "HEIC photos",
        "videos",
        "1024.0 GiB free",
        "a server at 127.0.0.1:",
    ):
        assert part in said


@pytest.mark.parametrize(
    ("reason", "installed", "said"),
    [
        ("Triton's wheel is for Linux.", False, "Triton: not on this machine. Triton's wheel is for Linux."),
        (None, False, "Triton: can be installed; storyroll up --vision triton does it"),
        (None, True, "Triton: installed"),
    ],
)
def test_triton_is_a_choice(
    data: Path, monkeypatch: pytest.MonkeyPatch, reason: str | None, installed: bool, said: str
) -> None:
    monkeypatch.setattr(machine, "obstacle", lambda: reason)
    monkeypatch.setattr(
        install, "find_triton", lambda: install.Installation(data, data) if installed else None
    )
    assert f"ok       {said}\n" in examined(data, 0)


def test_models_that_are_not_built_are_named(
    data: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(build, "list_models", REAL_MODELS)
    monkeypatch.setenv("STORYROLL_CACHE", str(tmp_path / "empty"))
    ((what, remedy),) = advice(examined(data, ExitCode.FAILED))
    assert {"classifier", "faces", "objects"} <= set(what.removeprefix("models: ").split(", "))
    assert remedy == "run: storyroll models build"


def test_a_server_that_does_not_answer(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as gone:
        address = f"127.0.0.1:{gone.getsockname()[1]}"
    DataFolder(tmp_path).remember_address(address)
    expected = [(f"a server at {address}", f"start it with: storyroll up --data {tmp_path}")]
    assert advice(examined(tmp_path, ExitCode.FAILED)) == expected


@pytest.mark.parametrize("address", ["nonsense", "127.0.0.1:port", "127.0.0.1:99999"])
def test_an_address_that_is_none(tmp_path: Path, address: str) -> None:
    DataFolder(tmp_path).remember_address(address)
    ((what, _),) = advice(examined(tmp_path, ExitCode.FAILED))
    assert what == f"a server at {address}"


def test_a_disk_that_is_full(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(1 << 40, 1 << 40, 1 << 29))
    ((what, remedy),) = advice(examined(data, ExitCode.FAILED))
    assert what == f"0.5 GiB free at {data}"
    assert "--data" in remedy


def test_a_library_that_cannot_be_loaded(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pillow_heif", None)
    ((what, remedy),) = advice(examined(data, ExitCode.FAILED))
    assert what.startswith("HEIC photos: ")
    assert remedy == "install it with: pip install pillow-heif"


def test_kernels_that_are_not_compiled(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(kernels, "COMPILED", False)
    ((what, remedy),) = advice(examined(data, ExitCode.FAILED))
    assert what.startswith("pictures: the Python kernels, ")
    assert "make setup" in remedy


@pytest.mark.parametrize(("version", "name"), [("13.0.0", "Pillow"), ("12.1.1.post0", "pillow-simd")])
def test_which_of_the_two_libraries_is_here(
    data: Path, monkeypatch: pytest.MonkeyPatch, version: str, name: str
) -> None:
    monkeypatch.setattr(PIL, "__version__", version)
    assert f"pictures: compiled kernels, {name} {version} with libjpeg-turbo " in examined(data, 0)
