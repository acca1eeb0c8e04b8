"""What a server may say, and what is made of it: a server on this machine says just that."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import grpc
import numpy as np
import pytest
import pytest_asyncio
from tritonclient.grpc.service_pb2 import ModelInferResponse

from inference_core.engines.triton.client import TritonClient
from inference_core.engines.triton.engine import Patience, TritonEngine
from inference_core.engines.triton.failures import CallFailed, ForeignModel, NoAnswer, NotServed, Refused
from inference_core.engines.triton.region import Place
from inference_core.errors import EngineUnavailable
from inference_core.models.registry import registry
from inference_core.models.repository.checksum import checksums
from tests.unit.inference_core.triton_server import Server, saying, served

FACES = np.arange(2 * 3 * 64 * 64, dtype=np.uint8).reshape(2, 3, 64, 64)
SMILES = np.linspace(0, 1, 14, dtype=np.float32).reshape(2, 7)
FACE, SMILE = FACES[1:], SMILES[1:]
CODES = set(grpc.StatusCode) - {grpc.StatusCode.OK}
NO_ANSWER = {"UNAVAILABLE", "DEADLINE_EXCEEDED", "CANCELLED", "UNKNOWN"}
NOT_SERVED = {"NOT_FOUND", "UNIMPLEMENTED", "RESOURCE_EXHAUSTED", "UNAUTHENTICATED", "PERMISSION_DENIED"}


@pytest_asyncio.fixture
async def server(tmp_path: Path) -> AsyncIterator[Server]:
    async with served(Server(f"unix:{tmp_path}/server")) as told:
        yield told


@pytest_asyncio.fixture
async def client(server: Server) -> AsyncIterator[TritonClient]:
    made = TritonClient(server.address, {"key": "secret"})
    yield made
    await made.close()


def test_the_library_is_imported_by_the_first_call_only() -> None:
    script = "import sys, inference_core.remote; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", script], text=True).split()
    assert "inference_core.engines.triton.client" in loaded
    assert "tritonclient" not in loaded


async def test_a_batch_goes_there_as_bytes_and_answers_come_back(server, client):
    server.answer = saying(probabilities=SMILES, checksum=checksums(FACES, [SMILES]))
    answer = await client.infer("smile", "image", FACES, None, 5.0)
    np.testing.assert_array_equal(answer["probabilities"], SMILES)
    np.testing.assert_array_equal(answer["checksum"], checksums(FACES, [SMILES]))
    (request,) = server.asked
    assert (request.model_name, request.inputs[0].name) == ("smile", "image")
    assert (request.inputs[0].datatype, list(request.inputs[0].shape)) == ("UINT8", [2, 3, 64, 64])
    assert list(request.raw_input_contents) == [FACES.tobytes()]
    assert server.headers["key"] == "secret"


@pytest.mark.parametrize("offset", [0, 4096])
async def test_a_batch_in_shared_memory_is_only_pointed_at(server, client, offset):
    await client.infer("smile", "image", FACES, Place("region", offset), 5.0)
    (request,) = server.asked
    told = request.inputs[0].parameters
    assert told["shared_memory_region"].string_param == "region"
    assert told["shared_memory_offset"].int64_param == offset
    assert told["shared_memory_byte_size"].int64_param == FACES.nbytes
    assert not request.raw_input_contents


@pytest.mark.parametrize("code", sorted(CODES, key=str), ids=lambda code: code.name)
async def test_every_status_is_a_failure_in_our_own_words(server, client, code):
    server.answer = code
    kind = NoAnswer if code.name in NO_ANSWER else NotServed if code.name in NOT_SERVED else Refused
    with pytest.raises(CallFailed, match=r"^it is so$") as caught:
        await client.infer("smile", "image", FACES, None, 5.0)
    assert type(caught.value) is kind


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (grpc.StatusCode.INTERNAL, "Stub process 'smile_0_0' is not healthy."),
        (grpc.StatusCode.UNAVAILABLE, "This protocol is restricted, expecting header 'key'"),
    ],
)
async def test_a_dead_process_and_a_closed_door_are_no_fault_of_the_picture(server, client, code, said):
    server.answer, server.words = code, said
    with pytest.raises(NotServed):
        await client.infer("smile", "image", FACES, None, 5.0)


@pytest.mark.parametrize(
    ("datatype", "shape", "content"),
    [
        ("FP32", [2, 7], b"\0" * 55),
        ("FP32", [2, 8], b"\0" * 56),
        ("BYTES", [1], b"\xff\0\0\0"),
        ("FP32", [2], None),
    ],
)
async def test_an_answer_that_cannot_be_read_is_another_models(server, client, datatype, shape, content):
    server.answer = ModelInferResponse(raw_output_contents=[] if content is None else [content])
    server.answer.outputs.add(name="probabilities", datatype=datatype, shape=shape)
    with pytest.raises(ForeignModel):
        await client.infer("smile", "image", FACES, None, 5.0)


@pytest.mark.parametrize("proves", [True, False])
async def test_a_server_that_proves_its_answers_must_prove_the_first(server, proves):
    hurried = Patience(answer=5.0, outage=0.2)
    engine = TritonEngine(server.address, [registry().model("smile")], patience=hurried, proves=proves)
    try:
        server.answer = saying(probabilities=SMILE)
        if proves:
            with pytest.raises(EngineUnavailable, match="mixes up its answers"):
                await engine.infer("smile", FACE)
        else:
            np.testing.assert_array_equal((await engine.infer("smile", FACE))["probabilities"], SMILE)
    finally:
        await engine.close()


async def test_once_proved_always_proved(server):
    engine = TritonEngine(server.address, [registry().model("smile")], patience=Patience(outage=0.2))
    try:
        server.answer = saying(probabilities=SMILE, checksum=checksums(FACE, [SMILE]))
        assert (await engine.infer("smile", FACE)).keys() == {"probabilities"}
        server.answer = saying(probabilities=SMILE)
        with pytest.raises(EngineUnavailable, match="mixes up its answers"):
            await engine.infer("smile", FACE)
    finally:
        await engine.close()
