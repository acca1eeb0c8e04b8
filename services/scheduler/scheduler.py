"""When to plan: after uploads settle, while they still run, and when the day changes."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date

from services.domain.consuming import pause, settle, where
from services.domain.errors import StoryrollError
from services.domain.identity import OwnerId
from services.domain.leases import Lease, partition_of
from services.domain.messages import Consumer, Message, MessageType
from services.domain.ports import Catalog, Delivery, EventBus, Unobserved, WorkObserver
from services.scheduler.territory import Territory

log = logging.getLogger(__name__)

Plan = Callable[[OwnerId, date], Awaitable[object]]
Today = Callable[[OwnerId], date]
"""Tells which day it is where an owner lives."""


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
    poll: float = 1.0
    """How long one fetch waits; a stop is noticed after it at the latest."""


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

    What is held of an owner who changed consent, or anything else by hand, is forgotten as soon as the
    message comes. A message is acknowledged only after a plan that covers it is stored, so a crash plans
    again. Owners come and go with the leases of this process.
    """

    def __init__(
        self,
        bus: EventBus,
        catalog: Catalog,
        territory: Territory,
        today: Today,
        plan: Plan,
        *,
        patience: Patience = Patience(),
        forget: Callable[[OwnerId], None] = lambda owner: None,
        observer: WorkObserver = Unobserved(),
    ) -> None:
        self._bus = bus
        self._catalog = catalog
        self._territory = territory
        self._today = today
        self._plan = plan
        self._patience = patience
        self._forget = forget
        self._observer = observer
        self._waiting: dict[OwnerId, _Waiting] = {}
        self._planned_on: dict[OwnerId, date] = {}
        self._followed: frozenset[Lease] = frozenset()

    async def run(self, stop: asyncio.Event) -> None:
        """Work until `stop` is set; no outage ends it. What waits then is handed back."""
        async with self._territory.kept(), asyncio.TaskGroup() as tasks:
            tasks.create_task(self._follow_days(stop))
            while not stop.is_set():
                await self._follow_territory()
                await self._collect(stop)
                await self._plan_due(stop)
            await self._hand_back(list(self._waiting))

    async def _follow_territory(self) -> None:
        """Let go of owners who are somebody else's now; take up what others left of those who are ours."""
        held = self._territory.leases
        lost = {lease.partition for lease in self._followed - held}
        gone = {owner for owner in (*self._waiting, *self._planned_on) if partition_of(owner) in lost}
        await self._hand_back([owner for owner in self._waiting if owner in gone])
        for owner in gone:
            self._forget(owner)
            self._planned_on.pop(owner, None)
        self._followed &= held
        if gained := held - self._followed:
            try:
                await self._bus.redeliver(Consumer.SCHEDULER, list(gained))
            except StoryrollError as error:
                log.warning("owners who are new here have to wait: %s", error)
                return
            self._followed = held

    async def _collect(self, stop: asyncio.Event) -> None:
        poll = self._patience.poll
        wait = min(0.25, self._patience.settle, poll) if self._waiting else poll
        try:
            deliveries = await self._bus.fetch(Consumer.SCHEDULER, 1000, wait, list(self._followed))
        except StoryrollError as error:
            log.warning("%s cannot fetch: %s", Consumer.SCHEDULER, error)
            await pause(self._patience.retry, stop)
            return
        now = asyncio.get_running_loop().time()
        for delivery in deliveries:
            if delivery.message.type is MessageType.LIBRARY_CHANGED:
                self._forget(delivery.message.owner)
            waiting = self._waiting.setdefault(delivery.message.owner, _Waiting(now, now))
            waiting.last = now
            waiting.deliveries.append(delivery)

    async def _plan_due(self, stop: asyncio.Event) -> None:
        now = asyncio.get_running_loop().time()
        for owner in [o for o, w in self._waiting.items() if w.due(now, self._patience)]:
            if stop.is_set() or self._territory.leases != self._followed:
                return
            waiting = self._waiting.pop(owner)
            planned = await self._plan_safely(owner, [each.message for each in waiting.deliveries])
            for delivery in waiting.deliveries:
                await settle(delivery.ack() if planned else delivery.retry(self._patience.retry))

    async def _hand_back(self, owners: Iterable[OwnerId]) -> None:
        for owner in owners:
            for delivery in self._waiting.pop(owner).deliveries:
                await settle(delivery.retry(0, counts=False))

    async def _plan_safely(self, owner: OwnerId, because_of: Sequence[Message] = ()) -> bool:
        """Plan; a failure is logged without private data and tried again later."""
        today = self._today(owner)
        try:
            with self._observer.stage(Consumer.SCHEDULER, because_of):
                await self._plan(owner, today)
        except StoryrollError as error:
            log.warning("planning failed and will be tried again: %s", type(error).__name__)
            return False
        except Exception as error:
            log.error("planning failed and will be tried again: %s", where(error))
            return False
        self._planned_on[owner] = today
        return True

    async def _follow_days(self, stop: asyncio.Event) -> None:
        """Plan every owner anew when a day begins where they live: occasions come with their day."""
        while not stop.is_set():
            try:
                await self._plan_new_days(await self._catalog.owners(), stop)
            except StoryrollError as error:
                log.warning("new days cannot be planned yet: %s", error)
            await pause(self._patience.day_check, stop)

    async def _plan_new_days(self, owners: Iterable[OwnerId], stop: asyncio.Event) -> None:
        """Plan whoever is not yet planned for the day, and drop what is held of owners who are gone.

        An erased account leaves no message to say so.
        """
        there = set(owners)
        for owner in self._planned_on.keys() - there:
            self._forget(owner)
            del self._planned_on[owner]
        for owner in sorted(there):
            if stop.is_set():
                return
            if owner in self._territory and self._planned_on.get(owner) != self._today(owner):
                await self._plan_safely(owner)
