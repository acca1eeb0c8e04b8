"""The layout and who may know whom, held by tests; import-linter holds the coarse rules beside them."""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SERVICES = ("upload", "metadata", "inference", "suggestion", "consent", "scheduler")
EDGE_FILES = {"servicer.py", "convert.py"}
ROOT_FILES = {"settings.py", "main.py", "__init__.py"}
DRAWERS = {"utils", "util", "common", "helpers", "helper", "misc", "shared"}
LONGEST_FILE = 260


def python_files(*folders: str) -> Iterator[Path]:
    for folder in folders:
        yield from sorted((ROOT / folder).rglob("*.py"))


def imports(path: Path) -> set[str]:
    """Every module that a file imports, at any depth of its code."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def test_the_named_folders_exist() -> None:
    wanted = ("protos", "services", "inference_core", "tests", "README.md", "LICENSE", "CHANGELOG.md")
    assert [w for w in wanted if not (ROOT / w).exists()] == []


def test_messages_of_the_wire_stay_at_the_edge() -> None:
    """pb2 types appear only in servicers, converters, rpc, composition roots and gRPC clients."""
    leaks = [
        name(path)
        for path in python_files("services", "inference_core")
        if any(module.startswith("storyroll.") for module in imports(path))
        and path.name not in EDGE_FILES | {"main.py"}
        and not path.is_relative_to(ROOT / "services/rpc")
        and not path.is_relative_to(ROOT / "services/cli")
    ]
    assert leaks == []


@pytest.mark.parametrize("service", SERVICES)
def test_use_cases_know_the_domain_only(service: str) -> None:
    strangers = {
        name(path): sorted(m for m in imports(path) if _is_stranger(m, service))
        for path in python_files(f"services/{service}")
        if path.name not in EDGE_FILES | ROOT_FILES
    }
    assert {path: modules for path, modules in strangers.items() if modules} == {}


def _is_stranger(module: str, service: str) -> bool:
    own = ("services.domain", f"services.{service}")
    if service == "suggestion":
        own = (*own, "services.rendering")
    if module.split(".", maxsplit=1)[0] in {"services", "inference_core", "storyroll", "grpc"}:
        return not (module.startswith(own) or module == "services")
    return False


def test_the_domain_needs_only_the_standard_library_and_numpy() -> None:
    allowed = sys.stdlib_module_names | {"numpy", "services", "__future__"}
    strangers = {
        name(path): sorted({m.split(".")[0] for m in imports(path)} - allowed)
        for path in python_files("services/domain")
    }
    assert {path: modules for path, modules in strangers.items() if modules} == {}


@pytest.mark.parametrize(
    ("script", "brought"),
    [
        (
            "inference_core/models/repository/onnx_backend.py",
            {"numpy", "onnxruntime", "triton_python_backend_utils"},
        ),
        ("inference_core/serving/leash.py", set()),
        ("services/adapters/postgres/unrooted.py", set()),
    ],
)
def test_scripts_that_run_elsewhere_need_nothing_of_ours(script: str, brought: set[str]) -> None:
    modules = {module.split(".")[0] for module in imports(ROOT / script)}
    assert modules - sys.stdlib_module_names - brought == set()


@pytest.mark.parametrize("service", SERVICES)
def test_services_look_alike(service: str) -> None:
    present = {path.name for path in (ROOT / "services" / service).glob("*.py")}
    wanted = {"main.py", "settings.py"}
    if service != "scheduler":
        wanted |= EDGE_FILES
    assert wanted - present == set()


def test_there_is_no_drawer_for_everything() -> None:
    drawers = [
        name(path)
        for path in python_files("services", "inference_core", "install", "examples", "tests")
        if path.stem in DRAWERS or path.parent.name in DRAWERS
    ]
    assert drawers == []


def test_rooms_are_small() -> None:
    long = {
        name(path): lines
        for path in python_files("services", "inference_core", "install", "examples")
        if (lines := path.read_text().count("\n")) > LONGEST_FILE
    }
    assert long == {}


def test_every_dependency_is_pinned_with_a_hash() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    declared = project["dependencies"] + project["optional-dependencies"]["dev"]
    lock = (ROOT / "requirements.lock").read_text()
    unpinned = [d for d in declared if f"\n{_bare(d)}==" not in f"\n{lock}"]
    assert unpinned == []
    blocks = [block for block in lock.split("\n") if "==" in block and not block.startswith((" ", "#"))]
    assert lock.count("--hash=sha256:") >= len(blocks)


def _bare(requirement: str) -> str:
    return re.split(r"[\[>=<!~; ]", requirement, maxsplit=1)[0].lower()
