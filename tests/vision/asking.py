"""Asking a model again and again, and checking every answer."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass

import numpy as np

from inference_core.engines.engine import Engine, Outputs
from inference_core.engines.slots import joined
from inference_core.engines.triton.engine import Patience, TritonEngine
from inference_core.errors import EngineUnavailable
from inference_core.local import local_engine
from inference_core.models.registry import registry
from inference_core.preprocess import Tensor
from inference_core.remote import triton_engine
from inference_core.serving.server import TritonServer

RIGHT, UNAVAILABLE = "right", "unavailable"
HANG = 40.0
"""Seconds: no call may take so long, whatever happens."""
RECOVERY = 60.0
"""Seconds in which everything is well again, by itself."""


@dataclass(frozen=True)
class Known:
    """An item whose right answer is known."""

    model: str
    item: Tensor
    outputs: Outputs


async def known_items(models: Sequence[str]) -> list[Known]:
    """Return two items for each model, answered by the engine of this process."""
    dice, engine = np.random.default_rng(5), local_engine()
    found = []
    for model in (*models, *models):
        item = dice.integers(0, 256, registry().model(model).inputs[0].shape[1:], np.uint8)
        answer = await engine.infer(model, item[np.newaxis])
        found.append(Known(model, item, {name: rows[0] for name, rows in answer.items()}))
    await engine.close()
    return found


@asynccontextmanager
async def connected(server: TritonServer, patience: Patience = Patience()) -> AsyncIterator[TritonEngine]:
    """Lend an engine over a server."""
    engine = triton_engine(server.address, server.headers, patience=patience, proves=True)
    try:
        yield engine
    finally:
        await engine.close()


async def ask(engine: Engine, one: Known) -> str:
    """Ask once; fail on a wrong answer or a hang."""
    row = engine.lease(one.item.shape)
    row[:] = one.item
    try:
        answer = await asyncio.wait_for(engine.infer(one.model, joined([row])), HANG)
    except EngineUnavailable as error:
        return UNAVAILABLE if error.retry_after > 0 else "unavailable for good"
    for name, right in one.outputs.items():
        np.testing.assert_allclose(answer[name][0], right, atol=1e-4)
    return RIGHT


async def all_well(engine: TritonEngine, known: Sequence[Known]) -> None:
    """Wait until every model answers, and memory is shared."""
    async with asyncio.timeout(RECOVERY):
        while {await ask(engine, one) for one in known} != {RIGHT} or not engine.shares_memory:
            await asyncio.sleep(0.1)


async def asked_during(
    engine: TritonEngine, known: Sequence[Known], fault: Callable[[], Awaitable[None]]
) -> Counter[str]:
    """Ask without pause before, during and after a fault, until all is well; return the outcomes."""
    seen: Counter[str] = Counter()
    stop = asyncio.Event()

    async def keep_asking(one: Known) -> None:
        while not stop.is_set():
            outcome = await ask(engine, one)
            seen[outcome] += 1
            await asyncio.sleep(0 if outcome == RIGHT else 0.05)

    await all_well(engine, known)
    async with asyncio.TaskGroup() as tasks:
        for one in known:
            tasks.create_task(keep_asking(one))
        await asyncio.sleep(0.5)
        await fault()
        await all_well(engine, known)
        stop.set()
    assert seen.keys() <= {RIGHT, UNAVAILABLE}
    assert seen[RIGHT] > len(known)
    return seen
