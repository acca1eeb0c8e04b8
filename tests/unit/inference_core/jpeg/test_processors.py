"""Every processor, and every build for it, makes the same bytes of a file."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.fuzz.corpus import write_corpus
from tests.fuzz.engine import run
from tests.fuzz.toolchain import DECODER, HERE

DIGEST = Path(__file__).with_name("digest.c")
FLAGS = ("-O3", "-ffp-contract=off", "-pthread", "-static", "-Wall", "-Wextra", "-Werror")
ARM64 = "aarch64-linux-gnu-gcc"
EMULATORS = ("qemu-aarch64-static", "qemu-aarch64")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    folder = tmp_path_factory.mktemp("corpus")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("STORYROLL_TEST_DATA", raising=False)
        write_corpus(folder)
    return [str(file) for file in sorted(folder.iterdir())]


@pytest.fixture(scope="module")
def here(files: list[str], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What this machine makes of them."""
    compiler = shutil.which("gcc") or pytest.skip("no gcc")
    return digests([], build(compiler, (), tmp_path_factory.mktemp("here")), files)


def build(compiler: str, flags: tuple[str, ...], folder: Path) -> Path:
    sources = [str(file) for file in sorted(DECODER.glob("*.c")) if not file.name.startswith("_")]
    binary = folder / "digest"
    includes = (f"-I{DECODER}", f"-I{HERE}")
    everything = [str(DIGEST), str(HERE / "picture.c"), *sources, "-lm", "-o", str(binary)]
    done = run([compiler, *FLAGS, *flags, *includes, *everything])
    assert done.returncode == 0, done.stderr
    return binary


def digests(emulator: list[str], binary: Path, files: list[str]) -> str:
    done = run([*emulator, str(binary), *files])
    assert done.returncode == 0, done.stderr
    assert len(done.stdout.splitlines()) > 400
    return done.stdout


@pytest.mark.slow
def test_arm64_makes_the_same_bytes(files: list[str], here: str, tmp_path: Path) -> None:
    emulator = next(filter(None, map(shutil.which, EMULATORS)), None)
    if shutil.which(ARM64) is None or emulator is None:
        pytest.skip(
            f"no {ARM64}, or nothing to run what it builds (Debian: gcc-aarch64-linux-gnu, qemu-user-static)"
        )
    assert digests([emulator], build(ARM64, (), tmp_path), files) == here


@pytest.mark.slow
@pytest.mark.parametrize("flags", [("-O0",), ("-O2", "-fno-tree-vectorize")], ids=" ".join)
def test_another_build_makes_the_same_bytes(
    flags: tuple[str, ...], files: list[str], here: str, tmp_path: Path
) -> None:
    assert digests([], build("gcc", flags, tmp_path), files) == here
