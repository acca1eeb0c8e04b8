"""InferenceService over the wire, with the real models: one bad picture fails alone."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import grpc
import numpy as np
import pytest
from storyroll.errors.v1 import errors_pb2
from storyroll.inference.v1 import inference_pb2 as pb
from storyroll.inference.v1 import inference_pb2_grpc

from inference_core.models.assets import open_asset
from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.domain.records import Kind
from services.inference.look import LARGEST_IMAGE
from services.inference.main import assemble
from services.inference.settings import InferenceSettings
from services.rpc.policy import MIB
from services.rpc.service import Service
from tests.rpc.conftest import Connecting, Serving
from tests.stored_library import jpeg

BROKEN = b"\xff\xd8\xff\xe0" + bytes(200)


@dataclass
class Bench:
    ports: Ports
    stub: Any

    async def analyse(self, *requests: pb.AnalyzeImagesRequest) -> dict[str, pb.AnalyzeImagesResponse]:
        call = self.stub.AnalyzeImages(iter(requests))
        return {response.item_id: response async for response in call}

    async def refused(self, requests: Iterable[pb.AnalyzeImagesRequest]) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.analyse(*requests)
        return caught.value.code(), caught.value.details() or ""


@pytest.fixture
async def bench(serving: Serving, client: Connecting, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_memory(tmp_path, SystemClock()) as ports:
        whole = assemble(ports, InferenceSettings())
        service = Service(whole.servicers, max_message=whole.max_message)
        async with serving(service) as (_, address), client(address) as channel:
            yield Bench(ports, inference_pb2_grpc.InferenceServiceStub(channel))


def image(id_: str, data: bytes, *tasks: pb.Task.ValueType) -> pb.AnalyzeImagesRequest:
    return pb.AnalyzeImagesRequest(item_id=id_, image=data, tasks=tasks)


@pytest.mark.models
async def test_a_broken_picture_fails_alone(bench: Bench) -> None:
    astronaut = open_asset("astronaut.png").read_bytes()
    answers = await bench.analyse(
        image("person", astronaut),
        image("broken", BROKEN),
        image("empty", b""),
        image("faces", astronaut, pb.TASK_FACES),
        image("content", jpeg(), pb.TASK_CONTENT),
    )
    assert {id_: answer.status.code for id_, answer in answers.items()} == {
        "person": 0,
        "broken": grpc.StatusCode.INVALID_ARGUMENT.value[0],
        "empty": grpc.StatusCode.INVALID_ARGUMENT.value[0],
        "faces": 0,
        "content": 0,
    }
    broken = answers["broken"]
    assert broken.status.detail.reason == errors_pb2.REASON_UNREADABLE_MEDIA
    assert broken.status.message
    assert not broken.HasField("analysis")
    person, faces, content = (answers[id_].analysis for id_ in ("person", "faces", "content"))
    assert (person.width, person.height) == (512, 512)
    assert (len(person.faces), len(faces.faces), len(content.faces)) == (1, 1, 0)
    assert np.linalg.norm(person.faces[0].embedding) == pytest.approx(1.0, abs=1e-3)
    assert len(person.faces[0].landmarks) == 10
    assert person.tags
    assert (list(faces.tags), len(faces.embedding)) == ([], 0)
    assert len(content.embedding) == len(person.embedding)


@pytest.mark.models
async def test_nothing_of_it_is_stored(bench: Bench) -> None:
    await bench.analyse(image("a", jpeg(), pb.TASK_CONTENT))
    assert await bench.ports.catalog.owners() == []
    assert await bench.ports.catalog.find("ana", Kind.ASSET) == []  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (image("", b"1"), "every request needs an item_id"),
        (image("a", b"1", pb.TASK_UNSPECIFIED), "0 is not a task"),
        (image("a", b"1", 99), "99 is not a task"),  # type: ignore[arg-type]
        (image("a", bytes(LARGEST_IMAGE + 1)), "an image may have at most 32 MiB"),
    ],
)
async def test_what_is_no_item_ends_the_call(
    bench: Bench, request_: pb.AnalyzeImagesRequest, said: str
) -> None:
    assert await bench.refused([request_]) == (grpc.StatusCode.INVALID_ARGUMENT, said)


async def test_a_message_beyond_all_limits_is_refused(bench: Bench) -> None:
    code, _ = await bench.refused([image("a", bytes(LARGEST_IMAGE + 2 * MIB))])
    assert code is grpc.StatusCode.RESOURCE_EXHAUSTED


async def test_no_pictures_no_answers(bench: Bench) -> None:
    assert await bench.analyse() == {}


async def test_the_models_are_listed_with_their_origin(bench: Bench) -> None:
    models = (await bench.stub.ListModels(pb.ListModelsRequest())).models
    names = [model.name for model in models]
    assert {"faces", "face_embedding", "classifier", "objects", "sensitive", "smile", "eyes"} <= set(names)
    assert names == sorted(names)
    for model in models:
        assert len(bytes.fromhex(model.sha256)) == 32
        assert model.purpose
        assert model.licence
        assert model.source
