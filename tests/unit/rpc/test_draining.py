"""A message that is under way when its call ends."""

from __future__ import annotations

import asyncio
import gc
from typing import Any, cast

from services.rpc.interceptors.draining import Draining
from services.rpc.interceptors.layered import Call, Context
from services.rpc.policy import ENDLESS


class Wire:
    """A context whose caller is gone by the time that a message would have been written."""

    def __init__(self) -> None:
        self.began, self.lost = asyncio.Event(), asyncio.Event()

    async def write(self, message: str) -> None:
        self.began.set()
        await self.lost.wait()
        raise ConnectionError(f"{message} was not written")


async def tell(call: Call) -> None:
    async with Draining()(call):
        await call.context.write("news")


async def test_a_message_lost_with_its_caller_is_no_complaint() -> None:
    complaints: list[dict[str, Any]] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: complaints.append(context))
    wire = Wire()
    call = Call(sorted(ENDLESS)[0], cast(Context, wire), streams_responses=True, streams_requests=False)

    telling = asyncio.create_task(tell(call))
    await wire.began.wait()
    telling.cancel()
    await asyncio.sleep(0)
    wire.lost.set()
    await asyncio.wait([telling])
    assert telling.cancelled()
    del telling, call
    gc.collect()  # a failure that nobody asked for is told of when it is forgotten
    assert complaints == []
