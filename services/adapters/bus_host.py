"""How services hear of each other: by the outbox alone, by a NATS of our own, or by any NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from services.adapters.clock import SystemClock
from services.adapters.nats.bus import NatsBus
from services.adapters.nats.connection import Access, Connection
from services.adapters.nats.install import install_nats
from services.adapters.nats.relay import TERMS, Relays
from services.adapters.nats.server import nats_server
from services.adapters.nats.signals import NatsSignals
from services.adapters.nats.stages import Queue, Stages
from services.adapters.outbox import OutboxBus
from services.adapters.rows import RowStore
from services.adapters.signals import LocalSignals
from services.domain.ports import EventBus, Signals

OUTBOX, NATS = "outbox", "nats"
_SCHEMES = ("nats", "tls")


@dataclass(frozen=True, slots=True)
class BusHost:
    """The choice of a bus."""

    where: str = OUTBOX
    """outbox, nats, or nats://host:port."""
    access: Access | None = None
    """Of a nats:// place."""
    queue: Queue = Queue()

    def __post_init__(self) -> None:
        known_bus_host(self.where)


def known_bus_host(where: str) -> str:
    """Return the place as it was given; raise ValueError where it is none."""
    if where in (OUTBOX, NATS):
        return where
    for address in where.split(","):
        parts = urlsplit(address.strip())
        if parts.scheme not in _SCHEMES or not parts.hostname or parts.path or parts.username:
            raise ValueError(
                f"{where!r} is no place for a bus: give outbox, nats or nats://host:port (tls:// to encrypt)"
            )
    return where


@dataclass(frozen=True, slots=True)
class Wires:
    """What connects services: signals first, for the catalog gives them, and then a bus over its rows."""

    signals: Signals
    stages: Stages | None = None

    @asynccontextmanager
    async def bus(self, rows: RowStore, *, alone: bool) -> AsyncIterator[EventBus]:
        """Open the bus over the rows.

        Args:
            rows: The store with the outbox.
            alone: No other process uses the store: what a killed one had is delivered at once.
        """
        # Leases are about this machine's time, whatever day the clock of the stories shows.
        clock = SystemClock()
        outbox = OutboxBus(rows, clock, self.signals)
        if alone:
            await outbox.recover()
        if self.stages is None:
            yield outbox
            return
        relays = Relays(OutboxBus(rows, clock, self.signals, TERMS), self.stages)
        bus = NatsBus(rows, clock, outbox, self.stages, relays)
        try:
            yield bus
        finally:
            await relays.close()
            await bus.close()


@asynccontextmanager
async def open_wires(host: BusHost, folder: Path) -> AsyncIterator[Wires]:
    """Open what connects services; what is kept on this machine is kept below `folder`.

    A server elsewhere may be away: work waits for it then, and uploads do not.

    Raises:
        FailedPrecondition: NATS cannot be installed here, and what to do.
        Unavailable: A server of our own does not come up.
    """
    async with AsyncExitStack() as resources:
        access = host.access
        if host.where == OUTBOX:
            yield Wires(LocalSignals())
            return
        if host.where == NATS:
            program = await asyncio.to_thread(install_nats)
            server = await resources.enter_async_context(nats_server(program, folder / "nats"))
            access = server.access
        connection = Connection(access or Access(host.where))
        resources.push_async_callback(connection.close)
        signals = NatsSignals(connection, host.queue.prefix)
        resources.push_async_callback(signals.close)
        yield Wires(signals, Stages(connection, host.queue))
