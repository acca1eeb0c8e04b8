"""Installing the server: what is pinned, where it cannot run, and what a failure leaves behind."""

from __future__ import annotations

import importlib.metadata
import platform
import re
import sys
import sysconfig
from importlib import resources
from pathlib import Path

import pytest

from inference_core.serving import install, machine
from inference_core.serving.errors import InstallFailed
from inference_core.serving.install import find_triton, install_triton


def texts() -> tuple[str, str]:
    folder = resources.files("inference_core.serving")
    return tuple(folder.joinpath(f"requirements.{kind}").read_text() for kind in ("in", "txt"))


def test_everything_is_pinned_with_hashes() -> None:
    wanted, locked = texts()
    pins = re.findall(r"^[a-z-]+==[\d.]+$", wanted, re.MULTILINE)
    assert len(pins) == 3
    for pin in pins:
        assert f"{pin} \\\n    --hash=sha256:" in locked


def test_both_engines_run_the_same_onnx_runtime() -> None:
    assert f"onnxruntime=={importlib.metadata.version('onnxruntime')}\n" in texts()[0], (
        "raise inference_core/serving/requirements.in to the version in requirements.lock, then `make lock`"
    )


@pytest.mark.parametrize(
    ("module", "name", "value", "said"),
    [
        (platform, "machine", lambda: "aarch64", "for Linux on x86-64, not linux on aarch64"),
        (sys, "platform", "darwin", "for Linux on x86-64, not darwin"),
        (
            machine.os,
            "confstr",
            lambda _: "glibc 2.31",
            "needs glibc 2.35 or later, and this machine has 2.31",
        ),
        (machine.os, "confstr", lambda _: None, "this machine has no glibc"),
        (sys, "version_info", (3, 13, 1), "needs Python 3.11 or 3.12"),
        (sysconfig, "get_config_var", lambda _: "/nowhere", "this Python came without"),
    ],
)
def test_machines_that_cannot_run_it(monkeypatch, tmp_path: Path, module, name, value, said) -> None:
    for known, good in (("machine", lambda: "x86_64"),):
        monkeypatch.setattr(platform, known, good)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(machine.os, "confstr", lambda _: "glibc 2.36")
    monkeypatch.setattr(sys, "version_info", (3, 11, 7))
    monkeypatch.setattr(module, name, value)
    with pytest.raises(InstallFailed, match=said) as refused:
        install_triton(cache=tmp_path / "models")
    assert "--vision local" in str(refused.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(machine.obstacle() is not None, reason=f"{machine.obstacle()}")
def test_an_index_that_does_not_answer_leaves_nothing(monkeypatch, tmp_path: Path) -> None:
    for name, value in (("INDEX_URL", "http://127.0.0.1:9/"), ("EXTRA_INDEX_URL", ""), ("FIND_LINKS", "")):
        monkeypatch.setenv(f"PIP_{name}", value)
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_RETRIES", "0")
    monkeypatch.setenv("PIP_CACHE_DIR", str(tmp_path / "pip"))
    with pytest.raises(InstallFailed, match=r"Could not fetch the Triton server \(.+\): check the network"):
        install_triton(cache=tmp_path / "models")
    assert find_triton(tmp_path / "models") is None
    assert [path.name for path in (tmp_path / "triton").iterdir()] == [".lock"]


def test_another_python_gets_an_environment_of_its_own(monkeypatch, tmp_path: Path) -> None:
    first = install._installation(tmp_path)
    monkeypatch.setattr(sys, "version", "3.12.1 (another)")
    second = install._installation(tmp_path)
    if first is None or second is None:
        pytest.skip("this Python has no shared library")
    assert first.environment.parent == second.environment.parent
    assert first.environment != second.environment
