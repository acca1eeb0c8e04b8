"""Generate Python from the protos: `python protos/generate.py`, or `--check` to fail on drift.

The proto path equals the Python path (`storyroll/upload/v1/upload.proto` → `storyroll.upload.v1.upload_pb2`),
so what protoc writes is importable as it is.
"""

from __future__ import annotations

import argparse
import filecmp
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from grpc_tools import protoc

ROOT = Path(__file__).resolve().parent
GENERATED = ROOT / "gen"


def generate(out: Path) -> None:
    """Write modules and type stubs for every proto below `out`; exit with protoc's message on failure."""
    sources = sorted(str(p.relative_to(ROOT)) for p in (ROOT / "storyroll").rglob("*.proto"))
    arguments = [
        "protoc",
        f"--proto_path={ROOT}",
        f"--proto_path={Path(protoc.__file__).parent / '_proto'}",
        *(f"--{plugin}_out={out}" for plugin in ("python", "grpc_python", "mypy", "mypy_grpc")),
        *sources,
    ]
    if protoc.main(arguments) != 0:
        sys.exit("protoc failed; its message is above")
    for folder in {out / "storyroll", *(p for p in (out / "storyroll").rglob("*") if p.is_dir())}:
        (folder / "__init__.py").write_text("")
    (out / "storyroll" / "py.typed").write_text("")


def drift(expected: Path, actual: Path) -> Iterator[str]:
    """Yield the files that differ between two generated trees, or are in one of them only."""

    def files(root: Path) -> set[Path]:
        found = (p for p in root.rglob("*") if p.is_file() and "__pycache__" not in p.parts)
        return {p.relative_to(root) for p in found}

    for name in sorted(files(expected) | files(actual)):
        mine, theirs = expected / name, actual / name
        if not (mine.exists() and theirs.exists() and filecmp.cmp(mine, theirs, shallow=False)):
            yield str(name)


def main() -> None:
    """Generate, or check that what is committed is what would be generated."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail if the generated code is not current")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch)
        generate(fresh)
        if check:
            stale = list(drift(fresh, GENERATED))
            if stale:
                sys.exit("generated code is not current (run `make protos`): " + ", ".join(stale))
            return
        shutil.rmtree(GENERATED, ignore_errors=True)
        shutil.copytree(fresh, GENERATED)


if __name__ == "__main__":
    main()
