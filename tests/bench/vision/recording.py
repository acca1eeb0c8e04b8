"""The batches that the analysis asks its models for, photo by photo."""

from __future__ import annotations

from collections.abc import Sequence

from inference_core.analysis import Task
from inference_core.engines.engine import Array, Engine, Outputs
from inference_core.isolation import IsolatedPool
from inference_core.local import analyzer_over, local_engine
from inference_core.preprocess import Tensor

Batch = tuple[str, Array]


class Recorder:
    """An engine that keeps every batch it is given."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self.models, self.parallelism = engine.models, engine.parallelism
        self._batches: list[Batch] = []

    def lease(self, shape: tuple[int, ...]) -> Tensor:
        return self._engine.lease(shape)

    async def infer(self, model: str, batch: Array) -> Outputs:
        # A copy: the batch's memory serves others once it is answered.
        self._batches.append((model, batch.copy()))
        return await self._engine.infer(model, batch)

    async def close(self) -> None:
        await self._engine.close()

    def taken(self) -> list[Batch]:
        """Return what was recorded since the last call."""
        batches, self._batches = self._batches, []
        return batches


async def record(pool: IsolatedPool, photos: Sequence[bytes]) -> list[list[Batch]]:
    """Return the batches that each photo needs, of one item each: on a CPU no other size is faster."""
    recorder = Recorder(local_engine())
    analyzer = analyzer_over(recorder, pool, max_batch=1, max_delay=0.0)
    asked = []
    for photo in photos:
        await analyzer.analyze(photo, "image/jpeg", frozenset(Task))
        asked.append(recorder.taken())
    await analyzer.close()
    return asked
