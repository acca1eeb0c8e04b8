"""What was looked at is in no memory that a model server shares, once the answer is there."""

from __future__ import annotations

import gc
import io
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from inference_core.analysis import Task
from inference_core.engines.engine import Array, Outputs
from inference_core.engines.triton.engine import TritonEngine
from inference_core.isolation import IsolatedPool
from inference_core.local import analyzer_over
from inference_core.models.assets import open_asset
from inference_core.models.errors import ModelError
from inference_core.preprocess import Tensor
from inference_core.serving.server import TritonServer
from tests.needles import Needles
from tests.vision.asking import all_well, connected, known_items
from tests.vision.processes import in_memory

pytestmark = [pytest.mark.asyncio(loop_scope="module"), pytest.mark.models, pytest.mark.slow]

PIECE = 24
"""Bytes of a picture that are never met by chance."""


@dataclass
class Remembering:
    """An engine that keeps what it was asked."""

    real: TritonEngine
    asked: list[tuple[str, bytes]] = field(default_factory=list)

    @property
    def models(self) -> frozenset[str]:
        return self.real.models

    @property
    def parallelism(self) -> int:
        return self.real.parallelism

    def lease(self, shape: tuple[int, ...]) -> Tensor:
        return self.real.lease(shape)

    async def infer(self, model: str, batch: Array) -> Outputs:
        self.asked.append((model, batch.tobytes()))
        return await self.real.infer(model, batch)

    async def close(self) -> None:
        await self.real.close()


@pytest.fixture(scope="module")
def photo() -> bytes:
    """A picture of people that nobody else on this machine looks at: with noise of its own."""
    try:
        people = np.asarray(Image.open(open_asset("group-1.jpg")).convert("RGB"), np.int16)
    except ModelError as error:
        pytest.skip(str(error))
    noise = np.random.default_rng().integers(-12, 13, people.shape)
    encoded = io.BytesIO()
    Image.fromarray((people + noise).clip(0, 255).astype(np.uint8)).save(encoded, "JPEG", quality=95)
    return encoded.getvalue()


def pieces(values: Iterable[bytes]) -> set[bytes]:
    """Return pieces of values from their whole length that hold enough to be told from others."""
    cut = (value[at : at + PIECE] for value in values for at in range(0, len(value) - PIECE, 4096))
    return {piece for piece in cut if len(set(piece)) > PIECE // 2}


def shared_with(server: TritonServer) -> dict[str, bytes]:
    """Return all memory that a server shares: with its models' processes, by name, and with this process."""
    found = {path.name: path.read_bytes() for path in in_memory(server) if path.is_file()}
    maps = re.findall(r"^(\w+)-(\w+) rw-s .*storyroll-vision-", Path("/proc/self/maps").read_text(), re.M)
    with Path("/proc/self/mem").open("rb", buffering=0) as memory:
        for start, end in maps:
            memory.seek(int(start, 16))
            found[f"region {start}"] = memory.read(int(end, 16) - int(start, 16))
    return found


async def test_no_picture_stays_in_shared_memory(triton: TritonServer, photo: bytes) -> None:
    async with connected(triton) as real:
        await all_well(real, await known_items(["smile"]))
        engine = Remembering(real)
        with IsolatedPool() as pool:
            analyzer = analyzer_over(engine, pool, max_batch=2, max_delay=0.002)
            analysis = await analyzer.analyze(photo, "image/jpeg", frozenset(Task))
            assert analysis.faces
            assert {model for model, _ in engine.asked} == real.models
            needles = Needles(pieces([batch for _, batch in engine.asked]))
            row = real.lease((1 << 16,))
            row[:] = np.frombuffer(engine.asked[0][1], np.uint8, row.size)
            memory = shared_with(triton)
            assert len(memory) > len(real.models)
            found = {name for name, content in memory.items() if needles.within(content)}
            assert len(found) == 1  # the row that is still in use
            del row
            gc.collect()
            assert [name for name, content in shared_with(triton).items() if needles.within(content)] == []
