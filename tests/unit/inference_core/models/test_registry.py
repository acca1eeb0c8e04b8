from __future__ import annotations

import re

import pytest

from inference_core.models.errors import ModelError
from inference_core.models.graphs.families import FAMILIES
from inference_core.models.labels import read_labels
from inference_core.models.registry import load_registry, registry

_SHA256 = re.compile("[0-9a-f]{64}")


def test_every_archive_and_every_file_is_pinned():
    models = registry()
    members = [m for spec in models.models.values() for m in (*spec.files.values(), *spec.beside.values())]
    digests = [m.sha256 for m in (*members, *models.assets.values())]
    digests += [digest for package in models.packages.values() for digest in package.sha256]
    assert all(_SHA256.fullmatch(digest) for digest in digests)
    assert all(package.version for package in models.packages.values())


@pytest.mark.parametrize("name", registry().models)
def test_every_model_says_what_it_is(name):
    spec = registry().models[name]
    assert spec.family in FAMILIES
    assert all((spec.task, spec.purpose, spec.licence, spec.inputs, spec.outputs))
    assert all(tensor.shape[0] == "B" for tensor in (*spec.inputs, *spec.outputs))


def test_labels_fit_the_outputs():
    models = registry().models
    assert len(read_labels("imagenet")) == models["classifier"].outputs[1].shape[1]
    assert len(read_labels("coco")) == models["objects"].outputs[0].shape[2]
    for name in ("sensitive", "smile"):
        assert len(models[name].labels) == models[name].outputs[0].shape[1]


@pytest.mark.parametrize("text", ["not toml", "[packages]\n[models.x]\ntask = 'y'", "[models]"])
def test_a_broken_registry_is_told(tmp_path, text):
    path = tmp_path / "registry.toml"
    path.write_text(text)
    with pytest.raises(ModelError, match="is not a model registry"):
        load_registry(path)


def test_a_missing_registry_is_told(tmp_path):
    with pytest.raises(ModelError, match="is not a model registry"):
        load_registry(tmp_path / "none.toml")
