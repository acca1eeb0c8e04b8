"""Load: callers that wait for their answers, and arrivals that wait for nobody."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Awaitable, Callable

Look = Callable[[int], Awaitable[object]]
"""Looks at a photo, by its number."""


async def closed_loop(look: Look, callers: int, photos: int) -> float:
    """Return the seconds that so many callers take for so many photos, one at a time each."""
    numbers = iter(range(photos))

    async def caller() -> None:
        for number in numbers:
            await look(number)

    started = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return time.perf_counter() - started


async def open_loop(look: Look, rate: float, photos: int) -> list[float]:
    """Return the seconds that each photo takes when photos arrive at random, so many a second on average.

    They count from the moment at which a photo should have arrived: a program that is too busy to let it
    arrive in time makes it wait as well.
    """
    dice = random.Random(7)

    async def arrive(number: int, due: float) -> float:
        await look(number)
        return time.perf_counter() - due

    due, arrived = time.perf_counter(), []
    for number in range(photos):
        due += dice.expovariate(rate)
        await asyncio.sleep(due - time.perf_counter())
        arrived.append(asyncio.create_task(arrive(number, due)))
    return await asyncio.gather(*arrived)
