"""The real server in trouble: callers see latency or EngineUnavailable, never a wrong answer or a hang."""

from __future__ import annotations

import asyncio
import os
import shutil
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from inference_core.engines.slots import joined
from inference_core.engines.triton.client import TritonClient
from inference_core.engines.triton.engine import Patience
from inference_core.errors import EngineUnavailable, InferenceFailed
from inference_core.models.registry import registry
from inference_core.models.repository import write_repository
from inference_core.models.repository.checksum import checksums
from inference_core.remote import triton_engine
from inference_core.serving.install import Installation
from inference_core.serving.server import TritonServer
from tests.vision.asking import RIGHT, UNAVAILABLE, Known, all_well, ask, asked_during, connected, known_items
from tests.vision.conftest import WATCH

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.models, pytest.mark.slow]

MODELS = ("smile", "face_embedding", "sensitive")
HURRIED = Patience(answer=1.0, outage=0.5)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def known() -> list[Known]:
    return await known_items(MODELS)


@contextmanager
def stopped(server: TritonServer) -> Iterator[None]:
    group = server.pid
    os.killpg(group, signal.SIGSTOP)
    try:
        yield
    finally:
        os.killpg(group, signal.SIGCONT)


async def test_the_server_is_killed(triton: TritonServer, known: list[Known]) -> None:
    async def kill() -> None:
        os.kill(triton.pid, signal.SIGKILL)
        await asyncio.sleep(0.5)

    async with connected(triton) as engine:
        print(await asked_during(engine, known, kill))


async def test_everything_is_stopped_for_three_seconds(triton: TritonServer, known: list[Known]) -> None:
    async def stop() -> None:
        with stopped(triton):
            await asyncio.sleep(3)

    async with connected(triton) as engine:
        print(await asked_during(engine, known, stop))


async def test_a_stub_is_killed(triton: TritonServer, known: list[Known]) -> None:
    async def kill() -> None:
        for stub in triton.stub_pids()[::2]:
            os.kill(stub, signal.SIGKILL)
        await asyncio.sleep(0.5)

    async with connected(triton) as engine:
        print(await asked_during(engine, known, kill))


async def test_one_of_two_stubs_is_killed(
    installation: Installation, known: list[Known], tmp_path: Path
) -> None:
    """What the dead one refuses is not held against the picture because the living one answers a probe."""
    smiles = [one for one in known if one.model == "smile"]
    write_repository("wheel", tmp_path / "models", ["smile"], instances=2)
    inattentive = replace(WATCH, tick=5.0, probe=60.0)
    async with (
        TritonServer.open(installation, tmp_path / "models", tmp_path / "log", inattentive) as server,
        connected(server, Patience(outage=2.0)) as engine,
    ):
        await all_well(engine, smiles)
        os.kill(server.stub_pids()[0], signal.SIGKILL)
        asked = await asyncio.gather(*(ask(engine, one) for one in smiles * 8))
        assert RIGHT in asked
        assert {*asked} <= {RIGHT, UNAVAILABLE}


async def test_the_server_is_too_slow(triton: TritonServer, known: list[Known]) -> None:
    """What was sent to a server that does not answer is never overwritten, for it may read it yet."""
    async with connected(triton, HURRIED) as engine:
        await all_well(engine, known)
        first = known[0]
        row = engine.lease(first.item.shape)
        row[:] = first.item
        with stopped(triton):
            with pytest.raises(EngineUnavailable) as caught:
                await engine.infer(first.model, joined([row]))
            assert caught.value.retry_after > 0
            assert not engine.shares_memory
            later = [engine.lease(first.item.shape) for _ in range(200)]
            assert not any(np.shares_memory(row, other) for other in later)
            assert later[0].base is not row.base
            assert await ask(engine, first) == UNAVAILABLE
        await all_well(engine, known)


async def test_the_server_refuses_to_share_memory(triton: TritonServer, known: list[Known]) -> None:
    engine = triton_engine(triton.address)
    try:
        for _ in range(3):
            assert {await ask(engine, one) for one in known} == {RIGHT}
            await asyncio.sleep(0.2)
        assert not engine.shares_memory
    finally:
        await engine.close()


async def test_a_batch_that_the_server_refuses_fails_alone(triton: TritonServer, known: list[Known]) -> None:
    """More rows than the server takes at once: the model works, so it is the batch that is to blame."""
    async with connected(triton) as engine:
        await all_well(engine, known)
        rows = np.zeros((33, 3, 64, 64), np.uint8)
        with pytest.raises(InferenceFailed, match="smile failed"):
            await engine.infer("smile", rows)
        assert await ask(engine, known[0]) == RIGHT


async def test_every_answer_proves_what_it_says_of_which_pixels(
    triton: TritonServer, known: list[Known]
) -> None:
    """After a stall the server may take one request for another: see `checksum`."""
    client = TritonClient(triton.address, {})
    try:
        for one in known:
            batch = np.stack([one.item, one.item // 2])
            answer = await client.infer(one.model, "image", batch, None, 10.0)
            said = [answer[output.name] for output in registry().model(one.model).outputs]
            np.testing.assert_array_equal(answer["checksum"], checksums(batch, said))
    finally:
        await client.close()


async def test_nobody_is_there(known: list[Known], tmp_path: Path) -> None:
    engine = triton_engine(f"unix:{tmp_path}/nobody", patience=HURRIED)
    try:
        assert {await ask(engine, one) for one in known} == {UNAVAILABLE}
    finally:
        await engine.close()


async def test_the_server_comes_back_without_a_model(
    installation: Installation, repository: Path, known: list[Known], tmp_path: Path
) -> None:
    folder, away = tmp_path / "models", tmp_path / "away"
    folder.mkdir()
    for model in MODELS:
        shutil.copytree(repository / model, folder / model)
    async with (
        TritonServer.open(installation, folder, tmp_path / "log", WATCH) as server,
        connected(server, Patience(outage=0.5)) as engine,
    ):
        await all_well(engine, known)
        (folder / "smile").rename(away)
        await restarted(server)
        await all_well(engine, [one for one in known if one.model != "smile"])
        assert {await ask(engine, one) for one in known if one.model == "smile"} == {UNAVAILABLE}
        away.rename(folder / "smile")
        await restarted(server)
        await all_well(engine, known)


async def restarted(server: TritonServer) -> None:
    """Kill a server and wait until it has a successor."""
    before = server.pid
    os.kill(before, signal.SIGKILL)
    async with asyncio.timeout(60):
        while server.state != "ready" or server.pid == before:
            await asyncio.sleep(0.1)
