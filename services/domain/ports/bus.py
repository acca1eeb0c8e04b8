"""How services tell each other what happened, and when it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from services.domain.leases import Lease
from services.domain.messages import Consumer, Message


class Clock(Protocol):
    """The time of day, so that tests and demos can choose it."""

    def now(self) -> datetime:
        """Return the current time, UTC and aware."""
        ...


class Delivery(Protocol):
    """A message handed to a consumer, who must say what became of it."""

    @property
    def message(self) -> Message:
        """The message."""
        ...

    @property
    def attempt(self) -> int:
        """1 for the first delivery."""
        ...

    async def ack(self) -> None:
        """Done: do not deliver it to this consumer again, unless the process dies in the next moment."""
        ...

    async def retry(self, delay: float, *, counts: bool = True) -> None:
        """Deliver it again after this many seconds; an attempt that failed blamelessly need not count."""
        ...

    async def bury(self, reason: str) -> None:
        """Give up: keep it among the dead letters with the reason."""
        ...


@dataclass(frozen=True, slots=True)
class Lag:
    """How far a consumer is behind."""

    pending: int
    """Messages that wait for it or are with it."""
    oldest: float
    """Seconds since the oldest of them was made; 0 without any."""
    dead: int = 0
    """Messages that were given up."""


class EventBus(Protocol):
    """Durable, at-least-once delivery to each consumer: fair between owners, newest first.

    Where a queue stands between, that order is the one in which messages go into the queue: what is in it
    already, some moments' work, is done first.
    """

    async def fetch(
        self, consumer: Consumer, limit: int, timeout: float, leases: Sequence[Lease] | None = None
    ) -> Sequence[Delivery]:
        """Take up to `limit` messages, waiting up to `timeout` seconds for the first.

        With leases, only those of owners whose lease is among them and has not been lost.
        """
        ...

    async def redeliver(self, consumer: Consumer, leases: Sequence[Lease]) -> None:
        """Deliver at once what whoever held these leases before had taken and not settled."""
        ...

    async def pending(self, consumer: Consumer) -> int:
        """Return how many messages wait for or are with the consumer."""
        ...

    async def lag(self, consumer: Consumer) -> Lag:
        """Return how far the consumer is behind."""
        ...


class Signals(Protocol):
    """Hints that something changed, for streams that watch; a lost one only delays."""

    def notify(self, topic: str) -> None:
        """Wake whoever waits for the topic."""
        ...

    async def wait(self, topic: str, timeout: float) -> bool:
        """Wait for the topic; False after `timeout` seconds."""
        ...
