"""The driver that fuzzes where there is no clang finds what is planted, and leaves the input behind."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from tests.fuzz.engine import Engine, built_in, run

PLANTED = """
#include <stdint.h>
#include <stddef.h>
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    if (size < 4 || data[0] != 0xFF) return 0;
    if (data[1] != 0xD8) return 0;
    if (data[2] != 0xC4) return 0;
    if (data[3] != 0x80) return 0;
    PLANT
    return 0;
}
"""


@pytest.fixture(scope="module")
def engine() -> Engine:
    found = built_in()
    if found is None:
        pytest.skip("no gcc with its sanitizers")
    return found


def fuzzed(engine: Engine, folder: Path, plant: str, seconds: int) -> subprocess.CompletedProcess[str]:
    """Fuzz a function that does something at the end of four bytes, from a file of other bytes."""
    (folder / "target.c").write_text(PLANTED.replace("PLANT", plant))
    (folder / "corpus").mkdir()
    (folder / "corpus" / "start").write_bytes(b"no picture")
    flags = [*engine.flags, "-fno-sanitize-recover=all"]
    sources = [str(folder / "target.c"), *engine.objects(folder)]
    done = run([engine.compiler, *flags, *sources, "-o", str(folder / "target")])
    assert done.returncode == 0, done.stderr
    options = [f"-max_total_time={seconds}", "-max_len=64", "-timeout=1", f"-artifact_prefix={folder}/"]
    return run([str(folder / "target"), *options, str(folder / "corpus")])


@pytest.mark.parametrize(
    ("plant", "complaint"),
    [
        ("return data[size];", "heap-buffer-overflow"),
        ("return (int)size + 0x7FFFFFFF;", "signed integer overflow"),
        ("__builtin_abort();", ""),
        ("for (volatile int i = 0;;) i = 1;", "takes too long"),
    ],
    ids=["read", "overflow", "abort", "hang"],
)
def test_a_planted_fault_is_found_and_its_input_kept(
    engine: Engine, tmp_path: Path, plant: str, complaint: str
) -> None:
    done = fuzzed(engine, tmp_path, plant, seconds=30)
    assert done.returncode != 0
    assert complaint in done.stderr
    (kept,) = tmp_path.glob("crash-*")
    assert kept.read_bytes().startswith(b"\xff\xd8\xc4\x80")
    again = tmp_path / "again"
    again.mkdir()
    kept.rename(again / kept.name)
    options = ["-max_total_time=0", "-timeout=1", f"-artifact_prefix={tmp_path}/"]
    assert run([str(tmp_path / "target"), *options, str(again)]).returncode != 0


def test_without_a_fault_the_corpus_grows_by_what_is_new(engine: Engine, tmp_path: Path) -> None:
    done = fuzzed(engine, tmp_path, "", seconds=2)
    assert done.returncode == 0, done.stderr
    assert "stat::number_of_executed_units: " in done.stderr
    assert list(tmp_path.glob("crash-*")) == []
    grown = [file.read_bytes() for file in (tmp_path / "corpus").iterdir()]
    assert any(data.startswith(b"\xff\xd8\xc4\x80") for data in grown)
    assert len(grown) < 20
