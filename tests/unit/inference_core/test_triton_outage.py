"""A server that is away is one outage, however many models and callers meet it."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import grpc
import numpy as np
import pytest

from inference_core.batching import Batcher
from inference_core.engines.triton.engine import Patience, TritonEngine
from inference_core.errors import EngineUnavailable
from inference_core.looking import CONTENT_MODELS, FACE_MODELS
from inference_core.models.registry import registry
from tests.unit.inference_core.triton_server import Server, saying, served

FACE = np.zeros((3, 64, 64), np.uint8)
SMILE = np.zeros((1, 7), np.float32)
PATIENCE = Patience(answer=2.0, outage=1.5)
MODELS = (*FACE_MODELS, *CONTENT_MODELS)


def engine_over(address: str) -> TritonEngine:
    """An engine that runs two batches at a time: what comes third has to wait for room."""
    return TritonEngine(address, map(registry().model, MODELS), parallelism=2, patience=PATIENCE)


async def test_nobody_waits_for_one_outage_after_the_other(tmp_path: Path) -> None:
    engine = engine_over(f"unix:{tmp_path}/nobody")
    batcher = Batcher(engine, max_batch=1, max_delay=0.0)

    async def ask(model: str) -> None:
        shape = [
            size if isinstance(size, int) else 64 for size in registry().model(model).inputs[0].shape[1:]
        ]
        with pytest.raises(EngineUnavailable, match="does not answer"):
            await batcher.infer(model, np.zeros(shape, np.uint8))

    try:
        waited = await took(lambda: asyncio.gather(*(ask(model) for model in MODELS * 3)))
        assert PATIENCE.outage * 0.9 <= waited < PATIENCE.outage * 1.5
        assert await took(lambda: ask("smile")) < 0.2
    finally:
        await batcher.close()
        await engine.close()


async def test_all_who_wait_are_answered_when_it_comes_back(tmp_path: Path) -> None:
    server = Server(f"unix:{tmp_path}/server")
    server.answer = saying(probabilities=SMILE)
    engine = engine_over(server.address)
    try:
        waiting = asyncio.gather(*(engine.infer("smile", FACE[np.newaxis]) for _ in range(20)))
        await asyncio.sleep(0.4)
        async with served(server):
            assert len(await asyncio.wait_for(waiting, 5.0)) == 20
            assert server.signs_of_life == 1
    finally:
        await engine.close()


async def test_a_model_that_does_not_answer_leaves_the_others_alone(tmp_path: Path) -> None:
    server = Server(f"unix:{tmp_path}/server")
    server.answer = grpc.StatusCode.DEADLINE_EXCEEDED
    engine = engine_over(server.address)
    try:
        async with served(server):
            with pytest.raises(EngineUnavailable, match="the model smile cannot be used now"):
                await engine.infer("smile", FACE[np.newaxis])
            server.answer = saying(**answer_of("faces"))
            assert (await engine.infer("faces", FACE[np.newaxis])).keys() == answer_of("faces").keys()
            server.answer = grpc.StatusCode.DEADLINE_EXCEEDED
            assert await took(lambda: unavailable(engine, "smile")) < 1.2
            assert await took(lambda: unavailable(engine, "smile")) < 0.2
    finally:
        await engine.close()


def answer_of(model: str) -> dict[str, np.ndarray]:
    """An answer of the right form for one picture."""
    outputs = registry().model(model).outputs
    shapes = {
        output.name: [size if isinstance(size, int) else 1 for size in output.shape] for output in outputs
    }
    return {name: np.zeros(shape, np.float32) for name, shape in shapes.items()}


async def unavailable(engine: TritonEngine, model: str) -> None:
    with pytest.raises(EngineUnavailable):
        await engine.infer(model, FACE[np.newaxis])


async def took(what: Callable[[], Awaitable[object]]) -> float:
    """Return the seconds that something takes."""
    clock = asyncio.get_running_loop().time
    began = clock()
    await what()
    return clock() - began
