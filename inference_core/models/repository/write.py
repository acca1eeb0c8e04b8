"""Writes a model repository: of every model its configuration, its graph and, for the wheel, its runner."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from importlib import resources
from pathlib import Path

from inference_core.cores import available_cores
from inference_core.models.build import open_model
from inference_core.models.cache import default_cache, replacing
from inference_core.models.errors import ModelError, storage_errors
from inference_core.models.registry import ModelSpec, Registry, registry
from inference_core.models.repository.config import config_text
from inference_core.models.repository.targets import TARGETS, Target

_VERSION = "1"
_MOST_INSTANCES = 8
"""An instance on a CPU is a process of some 100 MB, and each model has as many."""


def default_repository(target: str) -> Path:
    """Return where the repository for a target is, if nothing else is said: beside the model cache."""
    return default_cache().parent / "repository" / target


def picture_models(models: Registry | None = None) -> tuple[str, ...]:
    """Return the names of the models that look at pictures, optional ones aside."""
    known = (models or registry()).models.values()
    return tuple(spec.name for spec in known if not spec.optional and _looks_at_pictures(spec))


def write_repository(
    target: str,
    out: Path,
    names: Iterable[str] | None = None,
    *,
    instances: int | None = None,
    cache: Path | None = None,
    models: Registry | None = None,
) -> tuple[str, ...]:
    """Write a repository; the same models and arguments give the same bytes.

    What else is in the folder stays. For the wheel, graphs are hard links into the model cache where the disk
    allows it; for a container, which may run as another user, they are copies that everybody may read.

    Args:
        target: One of `TARGETS`.
        out: The folder; made if it is not there.
        names: Which models; by default `picture_models`.
        instances: Batches of one model that run side by side; by default one for each core, at most
            eight, or one on a GPU.
        cache: Where the built models are; by default the user's model cache.
        models: Which registry; by default the one that ships with the package.

    Returns:
        The names of the models.

    Raises:
        ModelError: There is no such target or model, a model is not built, or the folder cannot be written.
    """
    if target not in TARGETS:
        raise ModelError(f"There is no target {target!r}; there are {', '.join(TARGETS)}.")
    known = models or registry()
    chosen = tuple(names) if names is not None else picture_models(known)
    graphs = {name: open_model(name, cache=cache, models=known) for name in chosen}
    for name, graph in graphs.items():
        _write_model(out / name, known.model(name), graph, TARGETS[target], instances)
    return chosen


def default_instances(target: Target) -> int:
    """Return how many batches of a model run side by side: one for each core of ours, or one on a GPU."""
    return min(_MOST_INSTANCES, available_cores()) if target.kind == "KIND_CPU" else 1


def _looks_at_pictures(spec: ModelSpec) -> bool:
    return [tensor.dtype for tensor in spec.inputs] == ["uint8"]


def _write_model(folder: Path, spec: ModelSpec, graph: Path, target: Target, instances: int | None) -> None:
    text = config_text(spec, target, instances or default_instances(target))
    version = folder / _VERSION
    with storage_errors(folder):
        version.mkdir(parents=True, exist_ok=True)
        if target.backend == "python":
            _link(graph, version / "model.onnx")
            _put(version / "model.py", resources.files(__package__).joinpath("onnx_backend.py").read_bytes())
        else:
            _put(version / "model.onnx", graph.read_bytes())
            (version / "model.py").unlink(missing_ok=True)
    # Last: a folder without it is no model yet.
    _put(folder / "config.pbtxt", text.encode())


def _put(path: Path, data: bytes) -> None:
    with replacing(path) as file:
        file.write(data)
    # A server in a container may run as another user.
    path.chmod(0o644)


def _link(graph: Path, target: Path) -> None:
    partial = target.with_name(f".{target.name}.{os.getpid()}")
    partial.unlink(missing_ok=True)
    try:
        partial.hardlink_to(graph)
    except OSError:
        # Another disk, or one without links.
        shutil.copyfile(graph, partial)
    partial.replace(target)
    # Renaming one link of a file onto another does nothing, and leaves both.
    partial.unlink(missing_ok=True)
