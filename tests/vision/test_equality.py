"""Both engines give the same answers: every model, every kind of test photo, and the whole analysis."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import pytest_asyncio

from inference_core.analysis import Task
from inference_core.analyzer import Analyzer
from inference_core.engines.engine import Array, Engine, Outputs
from inference_core.errors import UnreadableImage
from inference_core.isolation import IsolatedPool
from inference_core.local import analyzer_over, local_analyzer, local_engine
from inference_core.looking import CONTENT_MODELS, FACE_MODELS
from inference_core.preprocess import Tensor
from inference_core.remote import triton_analyzer, triton_engine
from inference_core.serving.server import TritonServer

pytestmark = [
    pytest.mark.asyncio(loop_scope="module"),
    pytest.mark.models,
    pytest.mark.data,
    pytest.mark.slow,
]

TOLERANCE = 1e-4
SAMPLE = 24
"""Photos, spread over all folders; STORYROLL_ALL_PHOTOS=1 takes every one."""


@dataclass
class Both:
    """An engine that asks two and compares what they say."""

    left: Engine
    right: Engine
    parallelism: int = 2
    compared: Counter[str] = field(default_factory=Counter)
    worst: float = 0.0

    @property
    def models(self) -> frozenset[str]:
        return self.left.models

    def lease(self, shape: tuple[int, ...]) -> Tensor:
        return self.right.lease(shape)

    async def infer(self, model: str, batch: Array) -> Outputs:
        left, right = await asyncio.gather(self.left.infer(model, batch), self.right.infer(model, batch))
        assert left.keys() == right.keys()
        for name, values in left.items():
            difference = float(np.abs(values - right[name]).max())
            assert difference <= TOLERANCE, f"{name} of {model} differs by {difference}"
            self.worst = max(self.worst, difference)
        self.compared[model] += len(batch)
        return left

    async def close(self) -> None:
        await asyncio.gather(self.left.close(), self.right.close())


@pytest.fixture(scope="module")
def photos(data_dir: Path) -> list[Path]:
    """Test photos, broken ones among them."""
    found = sorted(
        path for path in data_dir.rglob("*") if path.is_file() and path.suffix not in {".md", ".tsv"}
    )
    return found if os.environ.get("STORYROLL_ALL_PHOTOS") else found[:: max(len(found) // SAMPLE, 1)]


@pytest.fixture(scope="module")
def pool() -> IsolatedPool:
    with IsolatedPool(workers=2) as opened:
        yield opened


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def remote(triton: TritonServer, pool: IsolatedPool) -> AsyncIterator[Analyzer]:
    analyzer = triton_analyzer(pool, triton.address, triton.headers)
    yield analyzer
    await analyzer.close()


async def look(analyzer: Analyzer, path: Path) -> object:
    """Return the analysis as plain values, or the words with which it was refused."""
    kind = "video/any" if path.suffix.lower() in {".mov", ".mp4", ".avi", ".mkv"} else "image/any"
    try:
        data = await asyncio.to_thread(path.read_bytes)
        return dataclasses.asdict(await analyzer.analyze(data, kind, frozenset(Task)))
    except UnreadableImage as error:
        return error.reason


async def test_every_output_of_every_model_is_equal(
    triton: TritonServer, pool: IsolatedPool, photos: list[Path]
) -> None:
    both = Both(local_engine(), triton_engine(triton.address, triton.headers))
    analyzer = analyzer_over(both, pool, max_batch=4, max_delay=0.0)
    try:
        await asyncio.gather(*(look(analyzer, path) for path in photos))
        assert both.right.shares_memory
    finally:
        await analyzer.close()
    print(f"{len(photos)} files, worst difference {both.worst:.1e}, items {dict(both.compared)}")
    assert both.compared.keys() == {*FACE_MODELS, *CONTENT_MODELS}


async def test_the_whole_analysis_is_identical(
    remote: Analyzer, pool: IsolatedPool, photos: list[Path]
) -> None:
    near = local_analyzer(pool)
    try:
        for path in photos:
            here, there = await asyncio.gather(look(near, path), look(remote, path))
            assert_alike(here, there, path.name)
    finally:
        await near.close()


def assert_alike(left: Any, right: Any, where: str) -> None:
    """Compare nested plain values; numbers may differ by `TOLERANCE`."""
    assert type(left) is type(right), where
    if isinstance(left, dict):
        assert left.keys() == right.keys(), where
        for key, value in left.items():
            assert_alike(value, right[key], f"{where}.{key}")
    elif isinstance(left, (list, tuple)):
        assert len(left) == len(right), where
        for index, pair in enumerate(zip(left, right, strict=True)):
            assert_alike(*pair, f"{where}[{index}]")
    elif isinstance(left, (float, np.ndarray)):
        np.testing.assert_allclose(left, right, atol=TOLERANCE, err_msg=where)
    else:
        assert left == right, where
