"""Single requests in, batches to the engine.

Design note. A batch is a group of requests that lie side by side in the engine's memory: nothing is copied.
How large it grows follows the load by itself. While the engine is idle, a request leaves at once. While it is
at work, one waits a moment for company. While it has no room, all wait, and whatever has come meanwhile
leaves together. If a batch fails, it is split and tried again, so that one bad request takes down no other.
"""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from contextvars import Context, copy_context
from dataclasses import dataclass

from inference_core.engines.engine import Engine, Outputs
from inference_core.engines.slots import joined, runs
from inference_core.errors import InferenceFailed
from inference_core.fair_queue import FairQueue
from inference_core.observe import Observer, Stage, Unobserved, timed
from inference_core.preprocess.spec import Tensor

_LaneKey = tuple[str, tuple[int, ...]]


@dataclass(slots=True, eq=False)
class _Request:
    item: Tensor
    answer: asyncio.Future[Outputs]
    since: float
    context: Context
    """Of whoever asked: a batch belongs to several."""


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
        max_delay: Seconds that a request waits for company at most while the engine has room.
        observer: Is told of queues and batches.
    """

    def __init__(
        self,
        engine: Engine,
        max_batch: int = 8,
        max_delay: float = 0.002,
        observer: Observer = Unobserved(),
    ) -> None:
        self._engine = engine
        self._max_batch = max_batch
        self._max_delay = max_delay
        self._observer = observer
        self._lanes: dict[_LaneKey, _Lane] = {}
        self._ready: OrderedDict[_LaneKey, _Lane] = OrderedDict()
        self._running: set[asyncio.Task[None]] = set()

    async def infer(self, model: str, item: Tensor, group: str = "", priority: float = 0.0) -> Outputs:
        """Run one item (without a batch dimension) and return its outputs (without one either).

        Args:
            model: Name of a model of the engine.
            item: The model's input, best in memory that the engine has lent: see `Engine.lease`.
            group: Groups take turns; usually the owner.
            priority: Higher ones go first within their group; usually the capture time.

        Raises:
            EngineUnavailable: The model cannot be run now.
            InferenceFailed: The model fails on this very item.
        """
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Outputs] = loop.create_future()
        key = (model, item.shape)
        lane = self._lanes.setdefault(key, _Lane(model))
        lane.queue.push(_Request(item, answer, loop.time(), copy_context()), group, priority)
        self._observer.waiting(model, 1)
        if len(lane.queue) >= self._max_batch:
            self._ripen(key)
        elif lane.deadline is None and key not in self._ready:
            delay = self._max_delay if self._running else 0.0
            lane.deadline = loop.call_later(delay, self._ripen, key)
        return await answer

    async def close(self) -> None:
        """Cancel what waits and wait for what runs."""
        for lane in self._lanes.values():
            lane.disarm()
            for request in self._take(lane, len(lane.queue)):
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
            requests = self._take(lane, self._max_batch)
            if lane.queue:
                self._ready[key] = lane
            else:
                del self._lanes[key]
            for group in runs([request.item for request in requests]):
                task = asyncio.create_task(self._run(lane.model, [requests[index] for index in group]))
                self._running.add(task)
                task.add_done_callback(self._finished)

    def _take(self, lane: _Lane, most: int) -> list[_Request]:
        waiting, now = len(lane.queue), asyncio.get_running_loop().time()
        requests = lane.take(most)
        self._observer.waiting(lane.model, len(lane.queue) - waiting)
        for request in requests:
            request.context.run(self._observer.spent, Stage.QUEUE, now - request.since)
        return requests

    def _finished(self, task: asyncio.Task[None]) -> None:
        self._running.discard(task)
        if not self._running:
            for key in [key for key, lane in self._lanes.items() if lane.deadline]:
                self._ripen(key)
        self._dispatch()

    async def _run(self, model: str, requests: list[_Request]) -> None:
        batch = joined([request.item for request in requests])
        self._observer.batch(model, len(batch))
        began = time.perf_counter()
        try:
            with timed(self._observer, Stage.INFERENCE):
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
            self._tell(model, requests, time.perf_counter() - began)
            _answer(requests, outputs)

    def _tell(self, model: str, requests: list[_Request], seconds: float) -> None:
        for request in requests:
            request.context.run(self._observer.answered, model, seconds)


def _answer(requests: list[_Request], outputs: Outputs) -> None:
    for index, request in enumerate(requests):
        if not request.answer.done():
            request.answer.set_result({name: rows[index] for name, rows in outputs.items()})


def _fail(requests: list[_Request], error: Exception) -> None:
    for request in requests:
        if not request.answer.done():
            request.answer.set_exception(error)
