"""Batches form by size or deadline, fairly, and fail one request at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inference_core.admission import FairGate
from inference_core.batching import Batcher
from inference_core.engines.slots import Slots
from inference_core.errors import EngineUnavailable, InferenceFailed
from inference_core.fair_queue import FairQueue
from inference_core.observe import Stage, Unobserved


class Doubling:
    """An engine that doubles, remembers its batches, and fails on 13."""

    def __init__(self, parallelism: int = 1, seconds: float = 0.0) -> None:
        self.models = frozenset({"double"})
        self.parallelism = parallelism
        self.batches: list[list[int]] = []
        self.running = self.most_running = 0
        self.may_end = asyncio.Event()
        self.may_end.set()
        self._seconds = seconds
        self._slots = Slots()

    def lease(self, shape: tuple[int, ...]) -> npt.NDArray[np.uint8]:
        return self._slots.lease(shape)

    def item(self, value: int, length: int = 1) -> npt.NDArray[np.uint8]:
        row = self.lease((length,))
        row[:] = value
        return row

    async def infer(self, model: str, batch: npt.NDArray[Any]) -> Mapping[str, npt.NDArray[Any]]:
        if model not in self.models:
            raise EngineUnavailable("away")
        self.batches.append(batch[:, 0].tolist())
        self.running += 1
        self.most_running = max(self.most_running, self.running)
        await asyncio.sleep(self._seconds)
        await self.may_end.wait()
        self.running -= 1
        if 13 in batch:
            raise InferenceFailed("13 is unlucky")
        return {"doubled": batch * 2}

    async def has_begun(self, batches: int = 1) -> None:
        """Wait until it runs, or has run, so many."""
        while len(self.batches) < batches:  # noqa: ASYNC110 - the list is what is asked
            await asyncio.sleep(0.001)

    async def close(self) -> None:
        self.models = frozenset()


async def test_a_full_batch_leaves_at_once_and_a_partial_one_at_its_deadline():
    engine = Doubling(parallelism=2)
    engine.may_end.clear()
    batcher = Batcher(engine, max_batch=2, max_delay=0.3)
    jobs = [asyncio.create_task(batcher.infer("double", engine.item(i))) for i in range(3)]
    await engine.has_begun()
    assert engine.batches == [[0, 1]]
    await engine.has_begun(2)
    assert engine.batches == [[0, 1], [2]]
    engine.may_end.set()
    assert [int((await job)["doubled"][0]) for job in jobs] == [0, 2, 4]


async def test_nothing_waits_for_company_while_the_engine_is_idle():
    engine = Doubling()
    batcher = Batcher(engine, max_batch=2, max_delay=60)
    assert (await batcher.infer("double", engine.item(7)))["doubled"][0] == 14
    running = asyncio.create_task(batcher.infer("double", engine.item(1)))
    await asyncio.sleep(0)
    await asyncio.gather(running, batcher.infer("double", engine.item(2)))
    assert sorted(map(sorted, engine.batches)) in ([[1], [2], [7]], [[1, 2], [7]])


async def test_a_hole_splits_a_batch_and_nothing_is_copied():
    engine = Doubling()
    rows = [engine.item(i) for i in range(20, 26)]
    del rows[2]
    batcher = Batcher(engine, max_batch=8)
    answers = await asyncio.gather(*(batcher.infer("double", row) for row in rows))
    assert [int(answer["doubled"][0]) for answer in answers] == [40, 42, 46, 48, 50]
    assert sorted(engine.batches) == [[20, 21], [23, 24, 25]]


async def test_only_equal_shapes_share_a_batch():
    engine = Doubling(parallelism=4)
    batcher = Batcher(engine)
    await asyncio.gather(*(batcher.infer("double", engine.item(i, length=1 + i % 2)) for i in range(4)))
    assert sorted(engine.batches) == [[0, 2], [1, 3]]


async def test_no_more_batches_run_than_the_engine_wants_and_waiting_ones_grow():
    engine = Doubling(parallelism=2, seconds=0.01)
    batcher = Batcher(engine, max_batch=4, max_delay=0)
    await asyncio.gather(*(batcher.infer("double", engine.item(i)) for i in range(20, 40)))
    assert engine.most_running == 2
    assert max(map(len, engine.batches)) == 4
    assert len(engine.batches) <= 7


async def test_one_bad_request_fails_alone():
    engine = Doubling()
    batcher = Batcher(engine, max_batch=8)
    jobs = (batcher.infer("double", engine.item(i)) for i in range(10, 18))
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    failed = [i for i, answer in zip(range(10, 18), answers, strict=True) if isinstance(answer, Exception)]
    assert failed == [13]
    assert isinstance(answers[3], InferenceFailed)


async def test_an_engine_that_is_away_is_not_asked_again_for_every_request():
    engine = Doubling()
    batcher = Batcher(engine, max_batch=4)
    jobs = (batcher.infer("treble", engine.item(i)) for i in range(4))
    answers = await asyncio.gather(*jobs, return_exceptions=True)
    assert [type(answer) for answer in answers] == [EngineUnavailable] * 4


async def test_groups_take_turns_and_new_photos_go_first():
    engine = Doubling()
    engine.may_end.clear()
    batcher = Batcher(engine, max_batch=2, max_delay=0)
    rows = {i: engine.item(i) for i in (99, 5, 50, 4, 51, 3, 2, 1, 0)}
    first = asyncio.create_task(batcher.infer("double", rows[99], group="busy"))
    await engine.has_begun()
    many = [batcher.infer("double", rows[i], group="busy", priority=i) for i in range(6)]
    few = [batcher.infer("double", rows[50 + i], group="new") for i in range(2)]
    asked = asyncio.gather(first, *many, *few)
    await asyncio.sleep(0)  # all of them have asked
    engine.may_end.set()
    await asked
    assert engine.batches == [[99], [5, 50], [4, 51], [3, 2], [1, 0]]


async def test_cancelled_requests_are_not_run_and_closing_cancels_what_waits():
    engine = Doubling(seconds=0.05)
    batcher = Batcher(engine, max_batch=1)
    running, waiting, gone = (asyncio.create_task(batcher.infer("double", engine.item(i))) for i in range(3))
    await engine.has_begun()
    gone.cancel()
    await asyncio.sleep(0)
    await batcher.close()
    assert (await running)["doubled"][0] == 0
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert engine.batches == [[0]]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 3))))
def test_the_queue_loses_nothing_and_orders_each_group(pushed):
    queue: FairQueue[tuple[str, int, int]] = FairQueue()
    for index, (group, priority) in enumerate(pushed):
        queue.push((group, priority, index), group, priority)
    popped = [queue.pop() for _ in range(len(queue))]
    for group in "abc":
        expected = [(g, p, i) for i, (g, p) in enumerate(pushed) if g == group]
        assert [one for one in popped if one[0] == group] == sorted(
            expected, key=lambda one: (-one[1], one[2])
        )
    with pytest.raises(IndexError):
        queue.pop()


def test_a_small_group_waits_for_one_turn_of_each_other():
    queue: FairQueue[str] = FairQueue()
    for index in range(1000):
        queue.push(f"big{index}", "big", 0)
    queue.push("small", "small", 0)
    assert [queue.pop(), queue.pop()] == ["big0", "small"]


async def test_the_gate_admits_no_more_than_its_slots_and_survives_cancelling():
    gate, inside, most = FairGate(2), 0, 0

    async def visit(group: str) -> None:
        nonlocal inside, most
        async with gate.slot(group, 0):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.001)
            inside -= 1

    visits = [asyncio.create_task(visit(group)) for group in "aaaaabb"]
    await asyncio.sleep(0)
    visits[3].cancel()
    await asyncio.gather(*visits, return_exceptions=True)
    await asyncio.wait_for(asyncio.gather(visit("c"), visit("c")), 1)
    assert most == 2


ASKER: ContextVar[str] = ContextVar("asker", default="nobody")


class Listening(Unobserved):
    """Notes in whose context it is told of what."""

    def __init__(self) -> None:
        self.told: list[tuple[str, str]] = []

    def spent(self, stage: Stage, seconds: float) -> None:
        if stage is Stage.QUEUE:
            self.told.append((ASKER.get(), "queue"))

    def answered(self, model: str, seconds: float) -> None:
        self.told.append((ASKER.get(), model))


async def test_everybody_in_a_batch_is_told_of_in_their_own_context():
    engine, listening = Doubling(), Listening()
    batcher = Batcher(engine, max_batch=2, max_delay=60.0, observer=listening)

    async def ask(name: str, value: int) -> None:
        ASKER.set(name)
        await batcher.infer("double", engine.item(value))

    # The first leaves alone, since the engine is idle; the others share a batch.
    await asyncio.gather(ask("ana", 1), ask("ben", 2), ask("eve", 3))
    assert sorted(listening.told) == sorted(
        (name, what) for name in ("ana", "ben", "eve") for what in ("queue", "double")
    )
    await batcher.close()
