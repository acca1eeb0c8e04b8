"""The engine runs graphs, several at a time, and speaks of failures in its own words."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from inference_core.engines.onnx import OnnxEngine
from inference_core.errors import EngineUnavailable, InferenceFailed


@pytest.fixture
def negation(tmp_path) -> Path:
    """A graph that negates [B, 3] float32."""
    node = helper.make_node("Neg", ["image"], ["negated"])
    shape = ["B", 3]
    graph = helper.make_graph(
        [node],
        "negation",
        [helper.make_tensor_value_info("image", TensorProto.FLOAT, shape)],
        [helper.make_tensor_value_info("negated", TensorProto.FLOAT, shape)],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
    onnx.save(model, tmp_path / "negation.onnx")
    return tmp_path / "negation.onnx"


async def test_batches_run_and_outputs_have_names(negation):
    engine = OnnxEngine(["negation"], lambda _: negation, threads=2)
    assert engine.models == {"negation"}
    assert engine.parallelism == 2
    batches = [np.full((size, 3), size, np.float32) for size in (1, 2, 5)]
    answers = await asyncio.gather(*(engine.infer("negation", batch) for batch in batches))
    for batch, answer in zip(batches, answers, strict=True):
        np.testing.assert_array_equal(answer["negated"], -batch)
    await engine.close()


async def test_a_batch_of_the_wrong_shape_fails_and_the_next_one_runs(negation):
    engine = OnnxEngine(["negation"], lambda _: negation)
    with pytest.raises(InferenceFailed, match="negation"):
        await engine.infer("negation", np.zeros((1, 4), np.float32))
    assert await engine.infer("negation", np.zeros((1, 3), np.float32))
    await engine.close()


async def test_models_that_are_missing_or_broken_are_unavailable(tmp_path):
    broken = tmp_path / "broken.onnx"
    broken.write_bytes(b"no graph")
    engine = OnnxEngine(["broken"], lambda _: broken)
    with pytest.raises(EngineUnavailable, match="broken"):
        await engine.infer("broken", np.zeros((1, 3), np.float32))
    with pytest.raises(EngineUnavailable, match="no model 'other'"):
        await engine.infer("other", np.zeros((1, 3), np.float32))
    await engine.close()
