"""A real NATS server for the tests, from its wheel, and buses over it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from services.adapters.bus_choice import Access, Queue
from services.adapters.nats.bus import NatsBus
from services.adapters.nats.connection import Connection
from services.adapters.nats.install import NATS_SERVER
from services.adapters.nats.relay import TERMS, Relay
from services.adapters.nats.server import NatsServer, nats_server
from services.adapters.nats.stages import Stages
from services.adapters.outbox import OutboxBus
from services.adapters.rows import RowStore
from services.domain.errors import FailedPrecondition
from services.domain.leases import Lease
from services.domain.messages import Consumer
from services.domain.ports import Clock, Delivery, Signals
from tests import server_thread


def installed() -> Path:
    """Return the server's program; skips the test, saying why, where it cannot be had."""
    try:
        return NATS_SERVER.install()
    except FailedPrecondition as error:
        pytest.skip(f"no NATS server: {error}")


def running(folder: Path) -> AbstractContextManager[NatsServer]:
    """Run a server beside the tests' own event loops."""
    return server_thread.running(nats_server(installed(), folder), folder / "server.log")


def queue_of_its_own() -> Queue:
    """Streams that no other test uses, whose messages come back soon when a consumer is killed."""
    return Queue(prefix=f"test-{secrets.token_hex(6)}", ack_wait=1.0)


class NoRelays:
    """Leaves the streams alone."""

    def start(self, consumer: Consumer) -> None:
        pass


class HandDrivenBus(NatsBus):
    """A bus whose relay moves just what is asked for, when it is asked, so that an order can be told."""

    def __init__(
        self, rows: RowStore, clock: Clock, signals: Signals, access: Access, queue: Queue | None = None
    ) -> None:
        self.queue = queue or queue_of_its_own()
        self._connection = Connection(access)
        stages = Stages(self._connection, self.queue)
        super().__init__(rows, clock, OutboxBus(rows, clock, signals), stages, NoRelays())
        outbox = OutboxBus(rows, clock, signals, TERMS)
        self._by_hand = {consumer: Relay(consumer, outbox, stages) for consumer in Consumer}

    async def fetch(
        self, consumer: Consumer, limit: int, timeout: float, leases: Sequence[Lease] | None = None
    ) -> Sequence[Delivery]:
        """Offer what the outbox has, then take it from the stream."""
        if leases is not None:
            return await super().fetch(consumer, limit, timeout, leases)
        deadline = time.monotonic() + timeout
        while True:
            await self._by_hand[consumer].offer(limit, 0)
            found = await super().fetch(consumer, limit, 0)
            if found or time.monotonic() >= deadline:
                return found

    async def close(self) -> None:
        """Let go of the server too."""
        await super().close()
        await self._connection.close()
