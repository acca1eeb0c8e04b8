"""Single requests in, batches to the engine.

A batch leaves when it is full or when its oldest request has waited long enough, and only while the
engine has room: what waits meanwhile makes the next batch larger. If a batch fails, it is split and
tried again, so that one bad request takes down no other.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from dataclasses import dataclass

import numpy as np

from inference_core.engines.engine import Array, Engine, Outputs
from inference_core.errors import InferenceFailed
from inference_core.fair_queue import FairQueue

_LaneKey = tuple[str, tuple[int, ...]]


@dataclass(slots=True, eq=False)
class _Request:
    item: Array
    answer: asyncio.Future[Outputs]


class _Lane:
    """Requests that can share a batch: the same model, the same shape."""

    def __init__(self, model: str) -> None:
        self.model = model
        self.queue: FairQueue[_Request] = FairQueue()
        self.deadline: asyncio.TimerHandle | None = None

    def take(self, most: int) -> list[_Request]:
        taken: list[_Request] = []
        while self.queue and len(taken) < most:
            request = self.queue.pop()
            if not request.answer.done():
                taken.append(request)
        return taken

    def disarm(self) -> None:
        if self.deadline:
            self.deadline.cancel()
            self.deadline = None


class Batcher:
    """Forms batches, fairly between groups. Belongs to one event loop.

    Args:
        engine: What runs them.
        max_batch: Requests in a batch at most.
        max_delay: Seconds that a request waits for company.
    """

    def __init__(self, engine: Engine, max_batch: int = 8, max_delay: float = 0.002) -> None:
        self._engine = engine
        self._max_batch = max_batch
        self._max_delay = max_delay
        self._lanes: dict[_LaneKey, _Lane] = {}
        self._ready: OrderedDict[_LaneKey, _Lane] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()

    async def infer(self, model: str, item: Array, group: str = "", priority: float = 0.0) -> Outputs:
        """Run one item (without a batch dimension) and return its outputs (without one either).

        Args:
            model: Name of a model of the engine.
            item: The model's input.
            group: Groups take turns; usually the owner.
            priority: Higher ones go first within their group; usually the capture time.

        Raises:
            EngineUnavailable: The model cannot be run now.
            InferenceFailed: The model fails on this very item.
        """
        answer: asyncio.Future[Outputs] = asyncio.get_running_loop().create_future()
        key = (model, item.shape)
        lane = self._lanes.setdefault(key, _Lane(model))
        lane.queue.push(_Request(item, answer), group, priority)
        if len(lane.queue) >= self._max_batch:
            self._ripen(key)
        elif lane.deadline is None and key not in self._ready:
            loop = asyncio.get_running_loop()
            lane.deadline = loop.call_later(self._max_delay, self._ripen, key)
        return await answer

    async def close(self) -> None:
        """Cancel what waits and wait for what runs."""
        for lane in self._lanes.values():
            lane.disarm()
            for request in lane.take(len(lane.queue)):
                request.answer.cancel()
        self._ready.clear()
        await asyncio.gather(*self._running)

    def _ripen(self, key: _LaneKey) -> None:
        lane = self._lanes[key]
        lane.disarm()
        self._ready[key] = lane
        self._dispatch()

    def _dispatch(self) -> None:
        while self._ready and len(self._running) < self._engine.parallelism:
            key, lane = self._ready.popitem(last=False)
            requests = lane.take(self._max_batch)
            if lane.queue:
                self._ready[key] = lane
            else:
                del self._lanes[key]
            if requests:
                task = asyncio.create_task(self._run(lane.model, requests))
                self._running.add(task)
                task.add_done_callback(self._finished)

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        self._dispatch()

    async def _run(self, model: str, requests: list[_Request]) -> None:
        try:
            batch = np.stack([request.item for request in requests])
            outputs = await self._engine.infer(model, batch)
        except InferenceFailed as error:
            if len(requests) == 1:
                _fail(requests, error)
                return
            middle = len(requests) // 2
            await self._run(model, requests[:middle])
            await self._run(model, requests[middle:])
        except Exception as error:
            _fail(requests, error)
        else:
            _answer(requests, outputs)


def _answer(requests: list[_Request], outputs: Outputs) -> None:
    for index, request in enumerate(requests):
        if not request.answer.done():
            request.answer.set_result({name: rows[index] for name, rows in outputs.items()})


def _fail(requests: list[_Request], error: Exception) -> None:
    for request in requests:
        if not request.answer.done():
            request.answer.set_exception(error)
