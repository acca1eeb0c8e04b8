"""The model repository: one description for every server, written the same way each time."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from google.protobuf import text_format
from tritonclient.grpc.model_config_pb2 import DataType, ModelConfig

from inference_core.looking import CONTENT_MODELS, FACE_MODELS, FaceLooker
from inference_core.models.build import build_models
from inference_core.models.errors import ModelError, ModelNotBuilt
from inference_core.models.registry import Registry, registry
from inference_core.models.repository import TARGETS, picture_models, write_repository
from inference_core.models.repository.config import NOMINAL_SIDE, config_text, max_batch
from inference_core.models.repository.write import default_instances
from tests.unit.inference_core.models.local_registry import LocalModel

FACES_ON_THE_WHEEL = """\
name: "faces"
backend: "python"
max_batch_size: 8
input [ { name: "image" data_type: TYPE_UINT8 dims: [ 3, -1, -1 ] } ]
output [ { name: "heatmap" data_type: TYPE_FP32 dims: [ 1, -1, -1 ] } ]
output [ { name: "scale" data_type: TYPE_FP32 dims: [ 2, -1, -1 ] } ]
output [ { name: "offset" data_type: TYPE_FP32 dims: [ 2, -1, -1 ] } ]
output [ { name: "landmarks" data_type: TYPE_FP32 dims: [ 10, -1, -1 ] } ]
output [ { name: "checksum" data_type: TYPE_INT64 dims: [ 1 ] } ]
instance_group [ { kind: KIND_CPU count: 2 } ]
dynamic_batching {
  preferred_batch_size: [ 8 ]
  max_queue_delay_microseconds: 0
}
model_warmup [ { name: "batch of 1" batch_size: 1
  inputs { key: "image" value { data_type: TYPE_UINT8 dims: [ 3, 640, 640 ] zero_data: true } }
} ]
"""

CLASSIFIER_IN_THE_CONTAINER = """\
name: "classifier"
backend: "onnxruntime"
max_batch_size: 128
input [ { name: "image" data_type: TYPE_UINT8 dims: [ 3, 260, 260 ] } ]
output [ { name: "embedding" data_type: TYPE_FP32 dims: [ 1280 ] } ]
output [ { name: "logits" data_type: TYPE_FP32 dims: [ 1000 ] } ]
instance_group [ { kind: KIND_GPU count: 1 } ]
dynamic_batching {
  preferred_batch_size: [ 8, 16, 32, 64, 128 ]
  max_queue_delay_microseconds: 1000
}
model_warmup [ { name: "batch of 1" batch_size: 1
  inputs { key: "image" value { data_type: TYPE_UINT8 dims: [ 3, 260, 260 ] zero_data: true } }
} ]
"""

FACES_FOR_TENSORRT = """\
model_warmup [ { name: "batch of 1" batch_size: 1
  inputs { key: "image" value { data_type: TYPE_UINT8 dims: [ 3, 32, 32 ] zero_data: true } }
} ]
model_warmup [ { name: "batch of 32" batch_size: 32
  inputs { key: "image" value { data_type: TYPE_UINT8 dims: [ 3, 640, 640 ] zero_data: true } }
} ]
"""

TENSORRT_ADDS = """\
model_warmup [ { name: "batch of 128" batch_size: 128
  inputs { key: "image" value { data_type: TYPE_UINT8 dims: [ 3, 260, 260 ] zero_data: true } }
} ]
optimization { execution_accelerators { gpu_execution_accelerator [ { name: "tensorrt"
  parameters { key: "precision_mode" value: "FP16" }
  parameters { key: "max_workspace_size_bytes" value: "1073741824" }
  parameters { key: "trt_engine_cache_enable" value: "1" }
  parameters { key: "trt_engine_cache_path" value: "/var/cache/storyroll/tensorrt" }
} ] } }
"""


@pytest.fixture
def double(tmp_path: Path, model_cache: Path) -> Registry:
    """A registry of one small model, which is built."""
    models = LocalModel.write(tmp_path).registry()
    build_models(cache=model_cache, models=models)
    return models


def written(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_texts_of_configurations() -> None:
    faces, classifier = registry().model("faces"), registry().model("classifier")
    assert config_text(faces, TARGETS["wheel"], 2) == FACES_ON_THE_WHEEL
    assert config_text(classifier, TARGETS["container"], 1) == CLASSIFIER_IN_THE_CONTAINER
    assert config_text(classifier, TARGETS["tensorrt"], 1) == CLASSIFIER_IN_THE_CONTAINER + TENSORRT_ADDS
    assert FACES_FOR_TENSORRT in config_text(faces, TARGETS["tensorrt"], 1)


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_the_texts_say_to_the_protocol_what_the_registry_says(target) -> None:
    """Parsed as every server parses them: a field that it does not know is an error."""
    for spec in map(registry().model, picture_models()):
        config = text_format.Parse(config_text(spec, target, 2), ModelConfig())
        assert (config.name, config.instance_group[0].count) == (spec.name, 2)
        assert config.max_batch_size == max_batch(spec, target)
        assert max(config.dynamic_batching.preferred_batch_size) == config.max_batch_size
        told = {tensor.name: tensor for tensor in (*config.input, *config.output)}
        for tensor in (*spec.inputs, *spec.outputs):
            free = [-1 if isinstance(size, str) else size for size in tensor.shape[1:]]
            assert list(told[tensor.name].dims) == free
            kind = DataType.Name(told[tensor.name].data_type).removeprefix("TYPE_").replace("FP", "FLOAT")
            assert kind.lower() == tensor.dtype


@pytest.mark.parametrize("target", TARGETS.values(), ids=TARGETS)
def test_batches_keep_within_their_limits(target) -> None:
    for name in picture_models():
        (tensor,) = registry().model(name).inputs
        largest = max_batch(registry().model(name), target)
        item = 3 * (NOMINAL_SIDE if isinstance(tensor.shape[2], str) else int(tensor.shape[2])) ** 2
        assert largest in (8, 16, 32, 64, 128)
        assert largest <= target.largest_batch
        assert largest * item <= target.batch_bytes


def test_it_holds_what_pictures_are_looked_at_with() -> None:
    assert sorted(picture_models()) == sorted((*FACE_MODELS, *CONTENT_MODELS))
    assert {NOMINAL_SIDE} == {side for spec in FaceLooker.SPECS for side in (spec.width, spec.height)}


def test_a_second_time_changes_nothing(tmp_path: Path, model_cache: Path, double: Registry) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        names = write_repository("wheel", out, ["double"], cache=model_cache, models=double, instances=3)
        assert names == ("double",)
        files = written(out)
        assert set(files) == {f"double/{name}" for name in ("config.pbtxt", "1/model.onnx", "1/model.py")}
        assert b"count: 3" in files["double/config.pbtxt"]
        again = tmp_path / "again"
        write_repository("wheel", again, ["double"], cache=model_cache, models=double, instances=3)
        assert written(again) == files


@pytest.mark.skipif(sys.platform != "linux", reason="affinity as Linux has it")
def test_instances_are_for_the_cores_that_are_ours(monkeypatch) -> None:
    for cores, instances in ((1, 1), (6, 6), (64, 8)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, cores=cores: set(range(cores)))
        assert default_instances(TARGETS["wheel"]) == instances
        assert default_instances(TARGETS["container"]) == 1


def test_graphs_are_linked_for_our_own_server_and_copied_for_others(
    tmp_path: Path, model_cache: Path, double: Registry
) -> None:
    graph = model_cache / "double" / "model.onnx"
    write_repository("wheel", tmp_path / "wheel", ["double"], cache=model_cache, models=double)
    write_repository("container", tmp_path / "container", ["double"], cache=model_cache, models=double)
    linked, copied = (tmp_path / target / "double/1/model.onnx" for target in ("wheel", "container"))
    assert linked.samefile(graph)
    assert not copied.samefile(graph)
    assert copied.read_bytes() == graph.read_bytes()
    assert copied.stat().st_mode & 0o044 == 0o044


def test_another_target_takes_the_place_of_the_first(
    tmp_path: Path, model_cache: Path, double: Registry
) -> None:
    out = tmp_path / "out"
    (out / "own" / "1").mkdir(parents=True)
    (out / "own" / "config.pbtxt").write_text("mine")
    graph = model_cache / "double" / "model.onnx"
    before = graph.read_bytes()
    write_repository("wheel", out, ["double"], cache=model_cache, models=double)
    write_repository("container", out, ["double"], cache=model_cache, models=double)
    files = written(out)
    assert set(files) == {"own/config.pbtxt", "double/config.pbtxt", "double/1/model.onnx"}
    assert files["own/config.pbtxt"] == b"mine"
    assert graph.read_bytes() == before


def test_what_cannot_be_written(tmp_path: Path, model_cache: Path, double: Registry) -> None:
    with pytest.raises(ModelError, match="no target 'cloud'; there are wheel, container, tensorrt"):
        write_repository("cloud", tmp_path / "out", ["double"], cache=model_cache, models=double)
    with pytest.raises(ModelNotBuilt, match="storyroll models build"):
        write_repository("wheel", tmp_path / "out", ["double"], cache=tmp_path / "empty", models=double)
    assert not (tmp_path / "out").exists()
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(ModelError, match="cannot be written"):
        write_repository("wheel", tmp_path / "file", ["double"], cache=model_cache, models=double)
