"""A server of our own: closed to others, kept alive, and gone without a trace."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest
import pytest_asyncio

from inference_core.engines.triton.client import TritonClient
from inference_core.engines.triton.failures import CallFailed
from inference_core.models.repository import picture_models, write_repository
from inference_core.serving.errors import ServerFailed
from inference_core.serving.guard import Watch
from inference_core.serving.install import Installation
from inference_core.serving.runtime import RuntimeFolder
from inference_core.serving.server import State, TritonServer
from tests.vision.processes import MEMORY, back, command_of, in_memory, listening, living, until

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.models, pytest.mark.slow]

FACE = np.zeros((1, 3, 64, 64), np.uint8)
QUICK = Watch(start=30.0, tick=0.1, probe=0.2, deadline=1.5, control=3.0)
"""For a server with one small model, which answers within milliseconds."""

OWNER = """
import asyncio, sys
from pathlib import Path
from inference_core.serving.install import install_triton
from inference_core.serving.server import TritonServer

async def main():
    async with TritonServer.open(install_triton(), Path(sys.argv[1]), Path(sys.argv[2])) as server:
        print(server.pid, server.address, flush=True)
        await asyncio.sleep(60)

asyncio.run(main())
"""


@pytest.fixture(scope="module")
def small(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of the smallest model."""
    folder = tmp_path_factory.mktemp("small")
    write_repository("wheel", folder, ["smile"], instances=1)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def quick(
    installation: Installation, small: Path, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[TritonServer]:
    """A server with the smallest model, watched impatiently."""
    log = tmp_path_factory.mktemp("quick") / "triton.log"
    async with TritonServer.open(installation, small, log, QUICK) as server:
        yield server


async def smiles(server: TritonServer) -> bool:
    client = TritonClient(server.address, {})
    try:
        return (await client.infer("smile", "image", FACE, None, 5.0))["probabilities"].shape == (1, 7)
    except CallFailed:
        return False
    finally:
        await client.close()


async def smiles_again(server: TritonServer) -> None:
    async with asyncio.timeout(10):
        while not await smiles(server):
            await asyncio.sleep(0.1)


async def test_only_we_can_reach_it(quick: TritonServer) -> None:
    assert await smiles(quick)
    assert listening(quick.pid) == set()
    folder, *regions = in_memory(quick)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert regions
    assert {stat.S_IMODE(region.stat().st_mode) for region in regions} == {0o600}


@pytest.mark.parametrize("secret", ["", "guessed"])
async def test_models_and_memory_are_closed_to_whoever_lacks_the_secret(
    quick: TritonServer, secret: str
) -> None:
    (header,) = quick.headers
    stranger = TritonClient(quick.address, {header: secret} if secret else {})
    for call in (stranger.unload("smile"), stranger.load("smile"), stranger.share("guessed", 64)):
        with pytest.raises(CallFailed, match="restricted"):
            await call
    await stranger.close()
    assert await smiles(quick)


async def test_killed_it_comes_back_at_the_same_address(quick: TritonServer) -> None:
    before, address, memory = quick.pid, quick.address, in_memory(quick)
    os.kill(before, signal.SIGKILL)
    await back(quick, before)
    assert quick.address == address
    assert await smiles(quick)
    assert living(before) == []
    assert not any(region.exists() for region in memory if region.is_file())


async def test_a_model_whose_process_died_is_loaded_again(quick: TritonServer) -> None:
    server, (stub,) = quick.pid, quick.stub_pids()
    os.kill(stub, signal.SIGKILL)
    await until(lambda: bool(quick.stub_pids()) and quick.stub_pids() != [stub])
    await until(lambda: all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in in_memory(quick)))
    await smiles_again(quick)
    assert quick.pid == server


async def test_a_model_that_hangs_does_not_hang_for_long(quick: TritonServer) -> None:
    server, (stub,) = quick.pid, quick.stub_pids()
    os.kill(stub, signal.SIGSTOP)
    await until(lambda: quick.state is State.READY and quick.stub_pids() not in ([stub], []))
    await smiles_again(quick)
    assert stub not in living(server)


async def test_a_server_that_hangs_is_ended(quick: TritonServer) -> None:
    before = quick.pid
    os.kill(before, signal.SIGSTOP)
    await back(quick, before)
    assert await smiles(quick)
    assert living(before) == []


async def test_two_side_by_side_and_one_that_stops(
    installation: Installation, small: Path, quick: TritonServer, tmp_path: Path
) -> None:
    async with TritonServer.open(installation, small, tmp_path / "log", QUICK) as other:
        assert other.address != quick.address
        assert await smiles(other)
        assert await smiles(quick)
        group = other.pid
        assert len(living(group)) >= 2
    assert living(group) == []
    assert in_memory(other) == []
    assert other.state is State.STOPPED
    with pytest.raises(ServerFailed, match="does not run"):
        _ = other.pid
    assert await smiles(quick)


async def test_it_dies_with_its_owner_and_leaves_nothing(
    small: Path, installation: Installation, tmp_path: Path
) -> None:
    owner = await asyncio.create_subprocess_exec(
        sys.executable, "-c", OWNER, str(small), str(tmp_path / "log"), stdout=subprocess.PIPE
    )
    assert owner.stdout
    pid, address = (await owner.stdout.readline()).decode().split()
    stubs = [stub for stub in living(int(pid)) if any("model.py" in word for word in command_of(stub))]
    assert stubs
    for stub in stubs:
        os.kill(stub, signal.SIGSTOP)  # nothing that it could notice would end it
    owner.kill()
    await owner.wait()
    await until(lambda: living(int(pid)) == [], 10)
    name = Path(address.removeprefix("unix:")).parent.name
    RuntimeFolder.make().remove()
    assert list(MEMORY.glob(f"{name}*")) == []


async def test_a_model_that_cannot_be_loaded(
    installation: Installation, small: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = RuntimeFolder.make()
    monkeypatch.setattr(RuntimeFolder, "make", lambda: folder)
    write_repository("wheel", tmp_path / "models", ["smile"], instances=1)
    graph = tmp_path / "models" / "smile" / "1" / "model.onnx"
    graph.unlink()
    graph.write_bytes(b"no graph")
    with pytest.raises(ServerFailed, match=r"Triton ended with status 1: .*smile"):
        async with TritonServer.open(installation, tmp_path / "models", tmp_path / "log", QUICK):
            pytest.fail("it did not fail")
    assert list(MEMORY.glob(f"{folder.region_prefix.removesuffix('-')}*")) == []


@pytest.mark.parametrize("target", ["container", "tensorrt"])
async def test_the_server_understands_what_is_written_for_others(
    installation: Installation, repository: Path, tmp_path: Path, target: str
) -> None:
    """The wheel has neither the backend nor a GPU: that is all it may find fault with."""
    write_repository(target, tmp_path / "models")
    with pytest.raises(ServerFailed):
        async with TritonServer.open(installation, tmp_path / "models", tmp_path / "log", QUICK):
            pytest.fail("it did not fail")
    said = (tmp_path / "log").read_text()
    for model in picture_models():
        wrong = f"failed to load '{model}' version 1: Invalid argument: unable to find backend library"
        assert f"{wrong} for backend 'onnxruntime'" in said
    assert said.count("failed to load '") == len(picture_models())
