"""Ending tasks."""

from __future__ import annotations

import asyncio

import pytest

from services.domain.tasks import cancelled


async def forgetful(losses: int) -> None:
    """Lose so many cancellations, as a library may."""
    while True:
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            if not losses:
                raise
            losses -= 1


async def failing() -> None:
    try:
        await asyncio.sleep(60)
    finally:
        raise RuntimeError("while it ended")


@pytest.mark.parametrize("losses", [0, 1, 2])
async def test_a_task_that_loses_cancellations_ends_all_the_same(losses: int) -> None:
    tasks = [asyncio.create_task(forgetful(losses)) for _ in range(2)]
    await asyncio.sleep(0)
    async with asyncio.timeout(10):
        await cancelled(*tasks)
    assert all(task.cancelled() for task in tasks)


async def test_how_a_task_ended_does_not_matter() -> None:
    done, broken = asyncio.create_task(asyncio.sleep(0)), asyncio.create_task(failing())
    await asyncio.sleep(0.01)
    await cancelled(done, None, broken)
    assert done.done()
    assert isinstance(broken.exception(), RuntimeError)
