"""From the outbox into the streams, a little at a time.

A stream gives out what came first, and can neither be fair nor prefer what is new. The outbox can: it lets
owners take turns, each with the newest first. So the relay leaves the choice to the outbox and puts no more
into a stage's stream than the stage takes within moments. A hundred thousand photos of one owner wait in the
outbox, and the ten of another are in front of all but the few hundred that are in the stream by then.

A row stays in the outbox until its message is done, hidden for a while by a lease. Whatever happens to a
relay, to a consumer or to all that the queue stores, the lease ends and the row is offered again; the stream
takes it only where it is no longer there. So any number of relays may run, and none has to be chosen.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from inference_core.serving.backoff import BackOff
from services.adapters.nats.stages import Load, Stages
from services.adapters.outbox import OutboxBus, OutboxDelivery, Terms
from services.domain.errors import StoryrollError, Unavailable
from services.domain.messages import Consumer
from services.domain.tasks import cancelled

TERMS: Final = Terms(lease=timedelta(seconds=15), counts=False)
"""How a relay takes rows. To be handed to a stream is no attempt; the lease is short, because a row that is
offered again costs little, and one whose relay was killed should not wait for long."""

_log = logging.getLogger(__name__)

_AHEAD_S: Final = 1.0
"""A stream holds what its stage takes in this time …"""
_LEAST, _MOST = 32, 2048
"""… but so many at least, to find out how many that is, and so many at most."""
_FULL_S: Final = 0.05
"""How long a stream that is full is left alone."""
_WAIT_S: Final = 1.0


@dataclass(slots=True)
class Pace:
    """How many messages a stage takes in a second, from what was taken between two looks."""

    rate: float = 0.0
    _taken: int = -1
    _at: float = 0.0

    def room(self, load: Load, now: float) -> int:
        """Return how many messages may be added to what waits.

        Args:
            load: What is in the stream.
            now: Seconds, of any clock that only goes on.
        """
        if 0 <= self._taken <= load.taken and now > self._at:
            seconds = now - self._at
            weight = min(1.0, seconds / _AHEAD_S)
            self.rate += weight * ((load.taken - self._taken) / seconds - self.rate)
        self._taken, self._at = load.taken, now
        return max(0, min(_MOST, max(_LEAST, round(self.rate * _AHEAD_S))) - load.waiting)


class Relay:
    """Fills the stream of one stage."""

    def __init__(self, consumer: Consumer, outbox: OutboxBus, stages: Stages) -> None:
        self._consumer = consumer
        self._outbox = outbox
        self._stages = stages
        self._pace = Pace()

    async def run(self) -> None:
        """Go on until cancelled, whatever is away meanwhile."""
        backoff = BackOff(most=2.0, quiet=0.0)
        while True:
            began = time.monotonic()
            try:
                if not await self.fill():
                    await asyncio.sleep(_FULL_S)
            except StoryrollError as error:
                _log.warning("the relay of %s waits: %s", self._consumer, error)
                await asyncio.sleep(backoff.after(time.monotonic() - began))

    async def fill(self) -> bool:
        """Put into the stream what there is room for; tell whether there was any room."""
        room = self._pace.room(await self._stages.load(self._consumer), time.monotonic())
        if room:
            await self.offer(room, _WAIT_S)
        return room > 0

    async def offer(self, most: int, timeout: float) -> int:
        """Publish up to `most` rows, waiting so many seconds for the first; return how many there were."""
        taken = await self._outbox.fetch(self._consumer, most, timeout)
        if not taken:
            return 0
        try:
            there = await self._stages.publish(self._consumer, [delivery.row for delivery in taken])
        except StoryrollError:
            await _offer_again(taken)
            raise
        missing = [delivery for delivery, is_there in zip(taken, there, strict=True) if not is_there]
        if missing:
            await _offer_again(missing)
            raise Unavailable(f"the queue did not take {len(missing)} of {len(taken)} messages")
        return len(taken)


async def _offer_again(deliveries: Sequence[OutboxDelivery]) -> None:
    for delivery in deliveries:
        await delivery.retry(0, counts=False)


class Relays:
    """One relay for each stage that this process works for: where nobody works, nothing need be relayed."""

    def __init__(self, outbox: OutboxBus, stages: Stages) -> None:
        self._outbox = outbox
        self._stages = stages
        self._running: dict[Consumer, asyncio.Task[None]] = {}

    def start(self, consumer: Consumer) -> None:
        """Run the stage's relay from now on."""
        if consumer not in self._running:
            relay = Relay(consumer, self._outbox, self._stages)
            self._running[consumer] = asyncio.create_task(relay.run())

    async def close(self) -> None:
        """Stop them all; rows that one had just taken are offered again when their lease ends."""
        await cancelled(*self._running.values())
