"""The whole analysis of photos beside the bare models on ready tensors.

Run: python -m tests.bench.bench_analysis
"""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from inference_core.analysis import Task
from inference_core.analyzer import Analyzer
from inference_core.engines.engine import Array, Engine, Outputs
from inference_core.isolation import IsolatedPool
from inference_core.local import local_analyzer, local_engine
from inference_core.looking import Labels
from inference_core.models.labels import read_labels
from inference_core.preprocess import Tensor
from tests.bench.camera_photos import camera_photos
from tests.bench.timing import goal

ROUNDS = 5
REPEATS = 3
"""Every photo comes this often in one round: long enough to overlap decoding and inference."""

Batch = tuple[str, Array]


class Recorder:
    """An engine that keeps every batch it is given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.models, self.parallelism = engine.models, engine.parallelism
        self.batches: list[Batch] = []

    def lease(self, shape: tuple[int, ...]) -> Tensor:
        return self._engine.lease(shape)

    async def infer(self, model: str, batch: Array) -> Outputs:
        # A copy: the batch's memory serves others once it is answered.
        self.batches.append((model, batch.copy()))
        return await self._engine.infer(model, batch)

    async def close(self) -> None:
        await self._engine.close()


async def analyse(analyzer: Analyzer, photos: Sequence[bytes]) -> float:
    """Return the seconds that the whole analysis takes."""
    started = time.perf_counter()
    await asyncio.gather(*(analyzer.analyze(data, "image/jpeg", frozenset(Task)) for data in photos))
    return time.perf_counter() - started


async def infer(engine: Engine, batches: Sequence[Batch]) -> float:
    """Return the seconds that the models alone take."""
    started = time.perf_counter()
    await asyncio.gather(*(engine.infer(model, batch) for model, batch in batches))
    return time.perf_counter() - started


async def record(pool: IsolatedPool, photos: Sequence[bytes]) -> list[Batch]:
    """Return the batches that the analysis asks for."""
    recorder = Recorder(local_engine())
    labels = Labels(read_labels("imagenet"), read_labels("coco"))
    analyzer = Analyzer(recorder, pool, labels, max_batch=1)
    await analyse(analyzer, photos)
    await analyzer.close()
    return recorder.batches


async def bench_models(engine: Engine, batches: Sequence[Batch], photos: int) -> None:
    """Print what each model takes alone."""
    by_model: dict[str, list[Batch]] = defaultdict(list)
    for model, batch in batches:
        by_model[model].append((model, batch))
    for model, asked in sorted(by_model.items()):
        seconds = [await infer(engine, asked) for _ in range(ROUNDS)]
        each = float(np.median(seconds)) / photos
        print(f"  {model:15} {len(asked) / photos:4.1f} a photo  {1 / each:7.1f} photos/s")


async def bench() -> None:
    """Print the figures and the goal."""
    photos = camera_photos() * REPEATS
    with IsolatedPool(workers=1) as pool:
        batches = await record(pool, photos)
        engine, analyzer = local_engine(), local_analyzer(pool)
        await bench_models(engine, batches, len(photos))
        pairs = [(await analyse(analyzer, photos), await infer(engine, batches)) for _ in range(ROUNDS)]
        await analyzer.close()
        await engine.close()
    whole, bare = np.median(pairs, axis=0)
    print(
        f"  whole analysis {len(photos) / whole:.1f} photos/s, bare models {len(photos) / bare:.1f} photos/s"
    )
    print(goal("whole analysis beside bare models", float(bare / whole), 0.9))


def main() -> None:
    """Run the benchmark."""
    asyncio.run(bench())


if __name__ == "__main__":
    main()
