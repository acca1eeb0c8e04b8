"""One stage of the bus in a process of its own, or who feeds the first; the work is nothing but messages.

Run: python -m tests.bench.scale.bus_worker <database> <NATS> <its token> <prefix> <folder of keys>
"""

from __future__ import annotations

import asyncio
import sys
import time
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from services.adapters.bus_choice import Access, BusHost, Queue
from services.adapters.bus_host import open_wires
from services.adapters.database_choice import DatabaseHost
from services.adapters.database_host import open_database
from services.adapters.key_folder import KeyFolder
from services.adapters.sealed.catalog import SealedCatalog
from services.domain.consuming import consume
from services.domain.identity import OwnerId
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Catalog, EventBus
from tests.bench.processes import answer

OWNERS: Final = 200
_CONCURRENCY: Final = 16
_NEXT: Final = {
    MessageType.ASSET_STORED: MessageType.ASSET_DESCRIBED,
    MessageType.ASSET_DESCRIBED: MessageType.ASSET_ANALYSED,
}


class Stage:
    """Takes a stage's messages, and says what follows from each in a transaction of its own."""

    def __init__(self, catalog: Catalog, bus: EventBus) -> None:
        self._catalog = catalog
        self._bus = bus
        self._stop = asyncio.Event()
        self._working: asyncio.Task[None] | None = None
        self._seconds: list[float] = []

    async def work(self, request: dict[str, Any]) -> dict[str, Any]:
        """Begin to work for a stage."""
        consumer = Consumer(request["stage"])
        handle = self._end if consumer is Consumer.SCHEDULER else self._hand_on
        work = consume(self._bus, consumer, handle, concurrency=_CONCURRENCY, stop=self._stop)
        self._working = asyncio.create_task(work)
        return {}

    async def seen(self, request: dict[str, Any]) -> dict[str, Any]:
        """Return the seconds from each photo's first message to its last, of those seen so far."""
        return {"seconds": self._seconds[request["beyond"] :]}

    async def feed(self, request: dict[str, Any]) -> dict[str, Any]:
        """Say that photos were stored, a transaction each, as many a second as are wanted; 0 for no limit."""
        turns = asyncio.Semaphore(_CONCURRENCY)
        begin, rate = time.perf_counter(), request["rate"]

        async def store(number: int) -> None:
            owner = OwnerId(f"owner{number % OWNERS:04}")
            async with turns:
                await self._say(MessageType.ASSET_STORED, owner, f"{time.time():.6f}")

        async with asyncio.TaskGroup() as tasks:
            for number in range(request["photos"]):
                if rate and (early := begin + number / rate - time.perf_counter()) > 0:
                    await asyncio.sleep(early)
                tasks.create_task(store(number))
        return {"seconds": time.perf_counter() - begin}

    async def stop(self, _: dict[str, Any]) -> dict[str, Any]:
        """Finish what was begun."""
        self._stop.set()
        if self._working:
            await self._working
        return {}

    async def _hand_on(self, message: Message) -> None:
        await self._say(_NEXT[message.type], message.owner, message.subject)

    async def _end(self, message: Message) -> None:
        if message.type is MessageType.ASSET_ANALYSED:
            self._seconds.append(time.time() - float(message.subject))

    async def _say(self, type_: MessageType, owner: OwnerId, subject: str) -> None:
        async with self._catalog.transaction(owner) as tx:
            await tx.publish(Message.of(type_, owner, subject, datetime.now(UTC)))


async def main(database: str, nats: str, token: str, prefix: str, folder: str) -> None:
    """Serve requests from standard input."""
    keys = Path(folder)
    async with AsyncExitStack() as opened:
        kept = await opened.enter_async_context(open_database(DatabaseHost(database), keys))
        host = BusHost(nats, Access(nats, token), Queue(prefix))
        wires = await opened.enter_async_context(open_wires(host, keys))
        bus = await opened.enter_async_context(wires.bus(kept.rows, alone=False))
        keyring = await KeyFolder(keys).keyring(kept.keys, shared=True)
        await answer(Stage(SealedCatalog(kept.rows, keyring, wires.signals), bus), sys.stdout)


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
