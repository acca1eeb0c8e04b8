"""Telling the queue that work on messages goes on."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Final

from nats.aio.msg import Msg
from nats.errors import Error as NatsError

from services.domain.tasks import cancelled

_SIGNS: Final = 3
"""Signs of life within the time after which somebody else would get a message: two may be lost."""


class InHand:
    """The messages that this process holds; one task gives a sign of life for all of them.

    Args:
        ack_wait: Seconds without a sign of life after which the queue gives a message to somebody else.
    """

    def __init__(self, ack_wait: float) -> None:
        self._every = ack_wait / _SIGNS
        self._held: dict[str, Msg] = {}
        self._signing: asyncio.Task[None] | None = None

    def take(self, message: Msg) -> None:
        """Hold a message."""
        self._held[message.reply] = message
        if self._signing is None:
            self._signing = asyncio.create_task(self._sign())

    async def done(self, message: Msg) -> None:
        """Let the queue forget a message; one whose acknowledgement is lost is delivered again."""
        self._held.pop(message.reply, None)
        with contextlib.suppress(NatsError):
            await message.ack()

    async def release(self, message: Msg) -> None:
        """Do the same, and wait until the queue has: from then on it takes a message of this row again."""
        self._held.pop(message.reply, None)
        with contextlib.suppress(NatsError):
            await message.ack_sync()

    async def close(self) -> None:
        """Give no more signs: what is still held goes to somebody else after a while."""
        await cancelled(self._signing)

    async def _sign(self) -> None:
        while True:
            await asyncio.sleep(self._every)
            for message in tuple(self._held.values()):
                with contextlib.suppress(NatsError):
                    await message.in_progress()
