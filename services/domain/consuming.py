"""The loop in which every worker consumes messages: retries what may heal, buries what will not.

| The handler …                        | The message is …                                           |
|--------------------------------------|------------------------------------------------------------|
| returns                              | acknowledged                                               |
| raises NotFound or ConsentRequired   | acknowledged: what it speaks of was deleted or taken back  |
| raises Unavailable                   | delivered again, as often as it takes; the worker pauses   |
| raises Conflict                      | delivered again a moment later                             |
| raises another domain error          | buried at once                                             |
| raises anything else                 | delivered again later, `attempts` times in all; then buried |
| does not survive                     | delivered again, `deaths` times in all; then buried        |
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
import traceback
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from services.domain.errors import Conflict, ConsentRequired, NotFound, StoryrollError, Unavailable
from services.domain.messages import Consumer, Message
from services.domain.ports import Delivery, EventBus, Unobserved, WorkObserver

Handler = Callable[[Message], Awaitable[None]]

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Patience:
    """How often and after how many seconds a message is tried again."""

    attempts: int = 5
    """After so many failures a message is buried."""
    deaths: int = 50
    """After so many deliveries that nobody settled: many, for a process may die of other things."""
    first_delay: float = 1.0
    longest_delay: float = 60.0
    longest_pause: float = 5.0
    """Between two looks whether what was away is back: short, for work stands still until then."""
    poll: float = 1.0
    """How long one fetch waits; a stop is noticed after it at the latest."""

    def delay(self, failures: int) -> float:
        """Return the pause after so many failures: doubled each time, and never the same for everybody."""
        doubled = self.first_delay * 2.0 ** min(failures - 1, 30)
        return min(self.longest_delay, doubled) * random.uniform(0.5, 1.0)  # noqa: S311 - spreads load only

    def pause(self, outages: int) -> float:
        """Return the pause after something was found away so many times in turn."""
        return min(self.longest_pause, self.delay(outages))


async def consume(
    bus: EventBus,
    consumer: Consumer,
    handle: Handler,
    *,
    concurrency: int,
    stop: asyncio.Event,
    patience: Patience = Patience(),
    observer: WorkObserver = Unobserved(),
) -> None:
    """Handle the consumer's messages, up to `concurrency` at once, until `stop` is set.

    No message and no outage ends it. At the stop, what is being handled is finished and what waits is handed
    back. The handler must be idempotent: a message may come twice. The observer sees each being handled.
    """

    async def observed(message: Message) -> None:
        with observer.stage(consumer, (message,)):
            await handle(message)

    queue: asyncio.Queue[Delivery] = asyncio.Queue(maxsize=concurrency)
    async with asyncio.TaskGroup() as tasks:
        workers = [
            tasks.create_task(_Worker(observed, patience, stop).run(queue)) for _ in range(concurrency)
        ]
        await _feed(bus, consumer, queue, stop, patience)
        while not queue.empty():
            await settle(queue.get_nowait().retry(0, counts=False))
            queue.task_done()
        await queue.join()
        for worker in workers:
            worker.cancel()


async def _feed(
    bus: EventBus, consumer: Consumer, queue: asyncio.Queue[Delivery], stop: asyncio.Event, patience: Patience
) -> None:
    failures = 0
    while not stop.is_set():
        try:
            deliveries = await bus.fetch(consumer, queue.maxsize, patience.poll)
            failures = 0
        except StoryrollError as error:
            failures += 1
            _log.warning("%s cannot fetch: %s", consumer, error)
            await pause(patience.pause(failures), stop)
            continue
        for delivery in deliveries:
            await queue.put(delivery)


class _Worker:
    """Handles one message after another."""

    def __init__(self, handle: Handler, patience: Patience, stop: asyncio.Event) -> None:
        self._handle = handle
        self._patience = patience
        self._stop = stop
        self._outages = 0

    async def run(self, queue: asyncio.Queue[Delivery]) -> None:
        """Work until cancelled."""
        while True:
            delivery = await queue.get()
            try:
                await self._deliver(delivery)
            finally:
                queue.task_done()

    async def _deliver(self, delivery: Delivery) -> None:
        if delivery.attempt > self._patience.deaths:
            await self._bury(delivery, "the process died each time while it was handled")
            return
        try:
            await self._handle(delivery.message)
        except (NotFound, ConsentRequired):
            await settle(delivery.ack())
        except Unavailable as error:
            await self._wait_out(delivery, error)
        except Conflict:
            await settle(delivery.retry(self._patience.delay(1), counts=False))
        except StoryrollError as error:
            await self._bury(delivery, f"{type(error).__name__}: {error}")
        except Exception as error:
            await self._try_again(delivery, where(error))
        else:
            self._outages = 0
            await settle(delivery.ack())

    async def _wait_out(self, delivery: Delivery, error: Unavailable) -> None:
        """Hand the message back and pause: all that comes now would meet the same outage."""
        self._outages += 1
        _log.warning("%s waits: %s", delivery.message.type, error)
        await settle(delivery.retry(error.retry_after, counts=False))
        await pause(self._patience.pause(self._outages), self._stop)

    async def _try_again(self, delivery: Delivery, reason: str) -> None:
        if delivery.attempt >= self._patience.attempts:
            await self._bury(delivery, reason)
            return
        _log.warning("%s %s failed: %s", delivery.message.type, delivery.message.id, reason)
        await settle(delivery.retry(self._patience.delay(delivery.attempt)))

    async def _bury(self, delivery: Delivery, reason: str) -> None:
        _log.error("%s %s is given up: %s", delivery.message.type, delivery.message.id, reason)
        await settle(delivery.bury(reason))


async def settle(settling: Awaitable[None]) -> None:
    """Say what became of a message; if that fails, it is delivered again when its lease ends."""
    try:
        await settling
    except StoryrollError as error:
        _log.warning("a message could not be settled: %s", error)


async def pause(seconds: float, stop: asyncio.Event) -> None:
    """Wait so long, or until `stop` is set."""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await stop.wait()


def where(error: Exception) -> str:
    """Name an unexpected exception and its place, but not its text, which may tell of somebody's photos."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {last.filename.rpartition('/')[2]}:{last.lineno}"
