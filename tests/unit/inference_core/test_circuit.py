"""One probe for all who wait, and one patience."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from inference_core.engines.triton.circuit import Circuit
from inference_core.engines.triton.failures import NoAnswer
from inference_core.errors import EngineUnavailable


class Away:
    """Something that is away until it `returns`."""

    def __init__(self) -> None:
        self.probes = 0
        self.returns = asyncio.Event()
        self.circuit = Circuit("the thing", self.probe)

    async def probe(self) -> None:
        self.probes += 1
        if not self.returns.is_set():
            raise NoAnswer("nothing")

    def open(self, patience: float) -> None:
        self.circuit.open(NoAnswer("nothing"), now() + patience)


def now() -> float:
    return asyncio.get_running_loop().time()


@pytest_asyncio.fixture
async def away() -> AsyncIterator[Away]:
    made = Away()
    yield made
    await made.circuit.close()


async def test_calls_pass_while_nothing_is_wrong(away: Away) -> None:
    await away.circuit.passed()
    await away.circuit.mended()
    assert away.probes == 0


async def test_all_who_wait_go_on_after_one_probe(away: Away) -> None:
    away.open(10.0)
    away.returns.set()
    await asyncio.wait_for(asyncio.gather(*(away.circuit.passed() for _ in range(50))), 1.0)
    assert away.probes == 1


async def test_nobody_waits_longer_than_the_outage_may_last(away: Away) -> None:
    began = now()
    away.open(0.3)

    async def come(after: float) -> float:
        await asyncio.sleep(after)
        with pytest.raises(EngineUnavailable, match="the thing cannot be used now") as told:
            await away.circuit.passed()
        assert told.value.retry_after >= 1.0
        return now() - began

    waited = await asyncio.gather(come(0.0), come(0.2))
    assert min(waited) >= 0.29
    assert max(waited) < 0.6
    assert await come(0.0) - max(waited) < 0.1


async def test_a_second_failure_does_not_make_it_longer(away: Away) -> None:
    away.open(0.1)
    away.open(10.0)
    with pytest.raises(EngineUnavailable):
        await asyncio.wait_for(away.circuit.passed(), 1.0)


async def test_what_is_back_is_away_no_more(away: Away) -> None:
    away.open(0.0)
    with pytest.raises(EngineUnavailable):
        await away.circuit.passed()
    away.returns.set()
    await asyncio.wait_for(away.circuit.mended(), 2.0)
    await away.circuit.passed()


async def test_whoever_waits_is_told_when_it_is_closed(away: Away) -> None:
    away.open(10.0)
    waiting = asyncio.create_task(away.circuit.passed())
    await asyncio.sleep(0)
    await away.circuit.close()
    with pytest.raises(EngineUnavailable):
        await asyncio.wait_for(waiting, 1.0)
