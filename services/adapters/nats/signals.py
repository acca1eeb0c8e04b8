"""Signals between processes: a subject of its own for each topic, kept by nobody."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import time
from dataclasses import dataclass
from typing import Final

from nats.aio.msg import Msg
from nats.aio.subscription import Subscription
from nats.errors import Error as NatsError

from services.adapters.nats.connection import Connection
from services.adapters.signals import LocalSignals
from services.domain.errors import Unavailable
from services.domain.tasks import cancelled

_LINGER_S: Final = 30.0
"""How long a topic is listened to after somebody waited for it: who watches waits again and again."""


@dataclass(slots=True)
class _Heard:
    """A topic that this process listens to."""

    subscription: Subscription
    wanted_at: float


class NatsSignals:
    """Fulfils `ports.Signals` across processes; without the server, within this one.

    Each process hears the topics alone that somebody in it waits for. A subject is the hash of its topic, for
    topics name owners.
    """

    def __init__(self, connection: Connection, prefix: str = "storyroll") -> None:
        self._connection = connection
        self._prefix = prefix
        self._local = LocalSignals()
        self._heard: dict[str, _Heard] = {}
        self._due: set[str] = set()
        self._telling: asyncio.Task[None] | None = None

    def notify(self, topic: str) -> None:
        """Wake whoever waits for the topic."""
        self._local.notify(topic)
        self._due.add(topic)
        if self._telling is None or self._telling.done():
            self._telling = asyncio.create_task(self._tell())

    async def wait(self, topic: str, timeout: float) -> bool:
        """Wait for the topic; False after `timeout` seconds."""
        waiting = asyncio.create_task(self._local.wait(topic, timeout))
        try:
            await self._listen(topic)
            return await waiting
        finally:
            waiting.cancel()

    async def close(self) -> None:
        """Stop telling."""
        await cancelled(self._telling)

    async def _tell(self) -> None:
        while self._due:
            topic = self._due.pop()
            with contextlib.suppress(Unavailable, NatsError):
                await (await self._connection.client()).publish(self._subject(topic))

    async def _listen(self, topic: str) -> None:
        now = time.monotonic()
        if heard := self._heard.get(topic):
            heard.wanted_at = now
            return

        async def hear(_: Msg) -> None:
            self._local.notify(topic)

        with contextlib.suppress(Unavailable, NatsError):
            await self._forget(now - _LINGER_S)
            client = await self._connection.client()
            self._heard[topic] = _Heard(await client.subscribe(self._subject(topic), cb=hear), now)

    async def _forget(self, before: float) -> None:
        for topic in [topic for topic, heard in self._heard.items() if heard.wanted_at < before]:
            await self._heard.pop(topic).subscription.unsubscribe()

    def _subject(self, topic: str) -> str:
        return f"{self._prefix}.signal.{hashlib.blake2b(topic.encode(), digest_size=16).hexdigest()}"
