"""How far each stage is behind, as gauges for Prometheus."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from prometheus_client import CollectorRegistry, Gauge

from services.domain.consuming import pause
from services.domain.errors import StoryrollError
from services.domain.messages import Consumer
from services.domain.ports import EventBus

_EVERY_S: Final = 10.0


class LagGauges:
    """Asks the bus every few seconds; every process of one bus shows the same figures.

    Args:
        bus: Is asked.
        registry: Of this process.
    """

    def __init__(self, bus: EventBus, registry: CollectorRegistry) -> None:
        self._bus = bus
        self._pending = Gauge(
            "storyroll_bus_pending", "Messages not yet done.", ("stage",), registry=registry
        )
        self._oldest = Gauge(
            "storyroll_bus_oldest_seconds", "Age of the oldest message.", ("stage",), registry=registry
        )
        self._dead = Gauge("storyroll_bus_dead", "Dead letters.", ("stage",), registry=registry)

    async def run(self, stop: asyncio.Event) -> None:
        """Ask until `stop` is set; while the bus is away the last figures stand."""
        while not stop.is_set():
            with contextlib.suppress(StoryrollError):
                for consumer in Consumer:
                    await self._ask(consumer)
            await pause(_EVERY_S, stop)

    async def _ask(self, consumer: Consumer) -> None:
        lag = await self._bus.lag(consumer)
        self._pending.labels(consumer.value).set(lag.pending)
        self._oldest.labels(consumer.value).set(lag.oldest)
        self._dead.labels(consumer.value).set(lag.dead)
