"""How services hear of each other: by the outbox alone, by a NATS of our own, or by any NATS."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.adapters.bus_choice import NATS, OUTBOX, Access, BusHost
from services.adapters.clock import SystemClock
from services.adapters.nats.bus import NatsBus
from services.adapters.nats.connection import Connection
from services.adapters.nats.install import NATS_SERVER
from services.adapters.nats.relay import TERMS, Relays
from services.adapters.nats.server import nats_server
from services.adapters.nats.signals import NatsSignals
from services.adapters.nats.stages import Stages
from services.adapters.outbox import OutboxBus
from services.adapters.rows import RowStore
from services.adapters.signals import LocalSignals
from services.domain.ports import EventBus, Signals


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
            program = await asyncio.to_thread(NATS_SERVER.install)
            server = await resources.enter_async_context(nats_server(program, folder / "nats"))
            access = server.access
        connection = Connection(access or Access(host.where))
        resources.push_async_callback(connection.close)
        signals = NatsSignals(connection, host.queue.prefix)
        resources.push_async_callback(signals.close)
        yield Wires(signals, Stages(connection, host.queue))
