"""The images can be built: what they copy is there, and what they run works in a plain shell."""

from __future__ import annotations

import os
import shutil
import subprocess
import tomllib
from pathlib import Path

import pytest

from inference_core.models.cache import default_cache
from tests.deploy.dockerfile import DOCKERFILE, Stage, stages

ROOT = DOCKERFILE.parents[2]


def sources(stage: Stage) -> list[str]:
    """Return what a stage copies from the project."""
    copies = (words.split() for words in stage.all("COPY"))
    return [source for words in copies if not words[0].startswith("--") for source in words[:-1]]


def in_a_shell(stage: Stage) -> list[str]:
    """Return what a stage runs, but for the packages of the distribution."""
    return [command for command in stage.all("RUN") if "apt-get" not in command]


def ran(command: str, folder: Path, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.mark.parametrize("stage", stages().values(), ids=str)
def test_what_is_copied_is_there(stage: Stage) -> None:
    assert [name for name in sources(stage) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("name", ["storyroll", "storyroll-triton"])
def test_images_run_as_nobody_in_particular(name: str) -> None:
    assert stages()[name].all("USER") == ["10001:10001"]


def test_bases_can_be_pinned() -> None:
    made = set(stages())
    assert {stage.base for stage in stages().values() if stage.base not in made} == {"${PYTHON}", "${TRITON}"}


def test_the_locks_pin_what_the_project_is_tested_with() -> None:
    def pins(path: Path) -> set[str]:
        return {line.split(" ")[0] for line in path.read_text().splitlines() if "==" in line}

    tested = pins(ROOT / "requirements.lock")
    for lock in (ROOT / "deploy" / "images").glob("*.lock"):
        assert pins(lock) <= tested, f"{lock} pins other versions; run: make lock"


@pytest.mark.slow
@pytest.mark.skipif(not os.environ.get("STORYROLL_BUILD_IMAGES"), reason="make test-images runs it (minutes)")
def test_the_build_steps_work_in_a_plain_shell(tmp_path: Path) -> None:
    prefix, cache, source = tmp_path / "opt", tmp_path / "cache", tmp_path / "src"
    environment = {
        n: v for n, v in os.environ.items() if n.lower().startswith(("pip_", "npm_")) or n == "PATH"
    }
    # pillow-simd needs headers that only the distribution has; where they are not, Pillow stays.
    environment |= {"HOME": str(tmp_path), "PREFIX": str(prefix), "CACHE": str(cache), "PILLOW": ""}
    shutil.copytree(default_cache(), cache / "models", copy_function=os.link)
    copy(stages()["build"], source)
    for command in in_a_shell(stages()["build"]) + in_a_shell(stages()["models"]):
        done = ran(command, source, environment)
        assert done.returncode == 0, command + done.stdout + done.stderr
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert version in ran(f"{prefix}/bin/storyroll --version", tmp_path, environment).stdout
    migrated = ran(f"STORYROLL_DATA={tmp_path}/data {prefix}/bin/storyroll migrate", tmp_path, environment)
    assert migrated.returncode == 0, migrated.stdout + migrated.stderr
    assert (cache / "triton" / "faces" / "config.pbtxt").exists()


def copy(stage: Stage, folder: Path) -> None:
    """Copy what a stage copies; what is to be in a folder keeps its name there."""
    for words in stage.all("COPY"):
        *names, where = words.split()
        for name in names:
            place(ROOT / name, folder / where / Path(name).name if where.endswith("/") else folder / where)


def place(source: Path, target: Path) -> None:
    """Copy as the builder does, without what it is told to ignore."""
    target.parent.mkdir(parents=True, exist_ok=True)
    if source.is_dir():
        ignored = shutil.ignore_patterns("__pycache__", "*.so", "_jpeg.c", "_planes.c", "_kernels.c")
        shutil.copytree(source, target, ignore=ignored, dirs_exist_ok=True)
    else:
        shutil.copy2(source, target)
