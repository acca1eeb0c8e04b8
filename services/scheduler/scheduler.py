"""When to plan: after uploads settle, while they still run, and when the day changes."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import date

from services.domain.errors import StoryrollError
from services.domain.identity import OwnerId
from services.domain.messages import Consumer
from services.domain.ports import Catalog, Clock, Delivery, EventBus

log = logging.getLogger(__name__)

Plan = Callable[[OwnerId, date], Awaitable[object]]


@dataclass(frozen=True, slots=True)
class Patience:
    """How long the scheduler waits before it plans, in seconds."""

    settle: float = 1.5
    """Plan when nothing has come for this long …"""
    at_most: float = 15.0
    """… or when something has waited for this long: stories appear while a large upload still runs."""
    retry: float = 5.0
    """After a failure."""
    day_check: float = 60.0
    """How often the clock is asked whether a new day has begun."""


@dataclass(slots=True)
class _Waiting:
    """The messages of one owner that the next plan will cover."""

    first: float
    last: float
    deliveries: list[Delivery] = field(default_factory=list)

    def due(self, now: float, patience: Patience) -> bool:
        return now - self.last >= patience.settle or now - self.first >= patience.at_most


class Scheduler:
    """Follows what happens to assets and plans one owner at a time.

    A message is acknowledged only after a plan that covers it is stored, so a crash plans again.
    """

    def __init__(
        self, bus: EventBus, catalog: Catalog, clock: Clock, plan: Plan, patience: Patience = Patience()
    ) -> None:
        self._bus = bus
        self._catalog = catalog
        self._clock = clock
        self._plan = plan
        self._patience = patience
        self._waiting: dict[OwnerId, _Waiting] = {}

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set."""
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_days(stop))
            while not stop.is_set():
                await self._collect()
                await self._plan_due()

    async def _collect(self) -> None:
        wait = min(0.25, self._patience.settle) if self._waiting else 1.0
        deliveries = await self._bus.fetch(Consumer.SCHEDULER, limit=1000, timeout=wait)
        now = asyncio.get_running_loop().time()
        for delivery in deliveries:
            waiting = self._waiting.setdefault(delivery.message.owner, _Waiting(now, now))
            waiting.last = now
            waiting.deliveries.append(delivery)

    async def _plan_due(self) -> None:
        now = asyncio.get_running_loop().time()
        for owner in [o for o, w in self._waiting.items() if w.due(now, self._patience)]:
            waiting = self._waiting.pop(owner)
            planned = await self._plan_safely(owner)
            for delivery in waiting.deliveries:
                await (delivery.ack() if planned else delivery.retry(self._patience.retry))

    async def _plan_safely(self, owner: OwnerId) -> bool:
        """Plan; a failure is logged without private data and tried again later."""
        try:
            await self._plan(owner, self._clock.now().date())
        except StoryrollError as error:
            log.warning("planning failed and will be tried again: %s", type(error).__name__)
            return False
        except Exception:
            log.exception("planning failed and will be tried again")
            return False
        return True

    async def _follow_days(self, stop: asyncio.Event) -> None:
        """Plan every owner anew when a day begins: occasions come with their day."""
        planned_for: date | None = None
        while not stop.is_set():
            today = self._clock.now().date()
            if today != planned_for:
                for owner in await self._catalog.owners():
                    await self._plan_safely(owner)
                planned_for = today
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), self._patience.day_check)
