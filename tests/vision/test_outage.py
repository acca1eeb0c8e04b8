"""What callers and the bus see of a model server that is away: UNAVAILABLE, when to come again, no loss."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import grpc
import numpy as np
import pytest
from storyroll.inference.v1 import inference_pb2 as pb
from storyroll.inference.v1 import inference_pb2_grpc

from inference_core.engines.triton.engine import Patience
from inference_core.isolation import IsolatedPool
from inference_core.remote import triton_analyzer
from inference_core.serving.server import TritonServer
from services.adapters.bundle import Ports
from services.adapters.clock import SystemClock
from services.adapters.local import open_memory
from services.adapters.vision import CoreVision
from services.domain.consent import Scope
from services.domain.consuming import Patience as Redelivery
from services.domain.consuming import consume
from services.domain.facets import Content
from services.domain.identity import OwnerId
from services.domain.media import MediaKind
from services.domain.messages import Consumer, Message, MessageType
from services.domain.records import AssetState, Kind
from services.inference.analyse import AnalyseAsset
from services.inference.main import assemble
from services.inference.settings import InferenceSettings
from services.rpc.service import Service
from services.rpc.status import RETRY_KEY
from tests.rpc.conftest import Connecting, Serving, client, issuer, serving
from tests.stored_library import ANA, StoredLibrary, jpeg

__all__ = ["client", "issuer", "serving"]

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.models, pytest.mark.slow]

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
PHOTOS = 12
HURRIED = Patience(outage=0.5)
SOON = Redelivery(first_delay=0.2, longest_delay=1.0, poll=0.2)


@asynccontextmanager
async def ports_over(
    address: str, headers: dict[str, str], folder: Path, patience: Patience = Patience()
) -> AsyncIterator[Ports]:
    """Open everything in memory, with the models on a server."""
    with IsolatedPool(workers=1) as pool:
        vision = CoreVision(partial(triton_analyzer, pool, address, headers, patience=patience))
        async with open_memory(folder, SystemClock()) as ports:
            yield replace(ports, vision=vision)
        await vision.close()


async def test_callers_are_told_to_come_again(serving: Serving, client: Connecting, tmp_path: Path) -> None:
    async with ports_over(f"unix:{tmp_path}/nobody", {}, tmp_path, HURRIED) as ports:
        service = Service(assemble(ports, InferenceSettings()).servicers)
        async with serving(service) as (_, address), client(address) as channel:
            stub = inference_pb2_grpc.InferenceServiceStub(channel)
            for _ in range(2):
                call = stub.AnalyzeImages(iter([pb.AnalyzeImagesRequest(item_id="a", image=jpeg())]))
                with pytest.raises(grpc.aio.AioRpcError) as caught:
                    await asyncio.wait_for(anext(aiter(call)), 20)
                assert caught.value.code() is grpc.StatusCode.UNAVAILABLE
                assert float(dict(caught.value.trailing_metadata())[RETRY_KEY]) > 0


async def test_no_photo_is_lost_when_the_server_is_killed_under_way(
    triton: TritonServer, tmp_path: Path
) -> None:
    async with ports_over(triton.address, dict(triton.headers), tmp_path) as ports:
        library = StoredLibrary.over(ports)
        await library.grant(*Scope)
        for number in range(PHOTOS):
            await describe(library, f"photo-{number}", jpeg(number))
        analyse = AnalyseAsset(ports.catalog, ports.vault, ports.vision, ports.clock)
        stop = asyncio.Event()
        working = consume(ports.bus, Consumer.INFERENCE, analyse, concurrency=4, stop=stop, patience=SOON)
        worker = asyncio.create_task(working)
        await until_one_is_analysed(library)
        os.kill(triton.pid, signal.SIGKILL)
        async with asyncio.timeout(90):
            while set((await library.states(Kind.ASSET)).values()) != {AssetState.ANALYSED}:
                await asyncio.sleep(0.1)
        stop.set()
        await worker
        await assert_stored_rightly(library, tmp_path / "here")


async def describe(library: StoredLibrary, id_: str, data: bytes) -> None:
    """Store a photo that waits to be looked at."""
    await library.add(id_, AT, data=data, state=AssetState.DESCRIBED)
    async with library.catalog.transaction(ANA) as tx:
        await tx.publish(Message.of(MessageType.ASSET_DESCRIBED, ANA, id_, AT))


async def until_one_is_analysed(library: StoredLibrary) -> None:
    """Wait until the first photo is done, and others are under way."""
    async with asyncio.timeout(30):
        while AssetState.ANALYSED not in (await library.states(Kind.ASSET)).values():
            await asyncio.sleep(0.01)


async def assert_stored_rightly(library: StoredLibrary, folder: Path) -> None:
    """Compare what was stored with what the models of this process see."""
    async with open_memory(folder, SystemClock()) as here:
        for number in range(PHOTOS):
            record = await library.catalog.get(ANA, Kind.ASSET, f"photo-{number}")
            sight = await here.vision.look(
                jpeg(number), MediaKind.PHOTO, frozenset({Scope.CONTENT}), OwnerId("x")
            )
            stored = record.require(Content)
            assert sight.content is not None
            np.testing.assert_allclose(stored.embedding, sight.content.embedding, atol=1e-3)
            assert [tag.label for tag in stored.tags] == [tag.label for tag in sight.content.tags]
