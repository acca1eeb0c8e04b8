"""What runs the wheel's models: requests that arrive together are answered, and fail, each for itself."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio
from onnx import TensorProto, helper, numpy_helper

from inference_core.engines.triton.client import TritonClient
from inference_core.engines.triton.failures import Refused
from inference_core.models.build import build_models
from inference_core.models.cache import sha256_of
from inference_core.models.registry import Registry, parse_registry
from inference_core.models.repository import write_repository
from inference_core.serving.install import Installation
from inference_core.serving.server import TritonServer
from tests.vision.conftest import WATCH

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.slow]

ROWS = 1000


def lookup() -> bytes:
    """A graph that fails for some inputs only: rows of a table, in any shape [B, side] of indices."""
    table = numpy_helper.from_array(np.arange(ROWS, dtype=np.float32), "table")
    node = helper.make_node("Gather", ["table", "rows"], ["found"])
    rows = helper.make_tensor_value_info("rows", TensorProto.INT64, ["B", "side"])
    found = helper.make_tensor_value_info("found", TensorProto.FLOAT, ["B", "side"])
    graph = helper.make_graph([node], "lookup", [rows], [found], [table])
    opsets = [helper.make_opsetid("", 17)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8).SerializeToString()


def registry_of_lookup(weights: Path) -> Registry:
    weights.write_bytes(lookup())
    digest = sha256_of(weights)
    return parse_registry(f"""
        [packages.local]
        kind = "url"
        name = "{weights.as_uri()}"
        sha256 = "{digest}"
        licence = "CC0"
        [models.lookup]
        task = "looking up"
        purpose = "tests"
        licence = "CC0"
        family = "ready"
        files.weights = {{ package = "local", sha256 = "{digest}" }}
        inputs.rows = {{ dtype = "int64", shape = ["B", "side"] }}
        outputs.found = {{ dtype = "float32", shape = ["B", "side"] }}
        """)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def client(
    installation: Installation, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TritonClient]:
    """A connection to a server of that graph, which has one instance: what comes meanwhile waits for it."""
    folder = tmp_path_factory.mktemp("lookup")
    models = registry_of_lookup(folder / "lookup.onnx")
    build_models(cache=folder / "cache", models=models)
    write_repository(
        "wheel", folder / "models", ["lookup"], cache=folder / "cache", models=models, instances=1
    )
    async with TritonServer.open(installation, folder / "models", folder / "log", WATCH) as server:
        connection = TritonClient(server.address, {})
        yield connection
        await connection.close()


async def found(client: TritonClient, rows: list[list[int]]) -> list[list[float]]:
    outputs = await client.infer("lookup", "rows", np.array(rows), None, 10.0)
    return outputs["found"].tolist()


async def test_everybody_gets_their_own_rows(client: TritonClient) -> None:
    asked = [[[row + i] for i in range(1 + row % 3)] for row in range(60)]
    answers = await asyncio.gather(*(found(client, rows) for rows in asked))
    assert answers == asked


async def test_shapes_that_cannot_share_a_batch(client: TritonClient) -> None:
    asked = [[list(range(row, row + 1 + row % 4))] for row in range(60)]
    answers = await asyncio.gather(*(found(client, rows) for rows in asked))
    assert answers == asked


async def test_a_bad_request_fails_alone(client: TritonClient) -> None:
    asked = [[[row if row % 7 else ROWS + row]] for row in range(1, 50)]
    answers = await asyncio.gather(*(found(client, rows) for rows in asked), return_exceptions=True)
    for rows, answer in zip(asked, answers, strict=True):
        if rows[0][0] < ROWS:
            assert answer == rows
        else:
            assert isinstance(answer, Refused)
            assert "out of data bounds" in str(answer)
