"""One connection to NATS: made in the background, and again whenever it is lost."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.client import JetStreamContext
from nats.js.errors import BadRequestError

from services.adapters.bus_choice import Access
from services.domain.errors import Unavailable
from services.domain.tasks import cancelled

_log = logging.getLogger(__name__)

_FIRST_S: Final = 0.5
"""How long a call waits for the very first connection."""
_TRY_AGAIN_S: Final = 1
ANSWER_S: Final = 5.0
"""Within which JetStream must answer."""
_AWAY: Final = "the queue does not answer"


class Connection:
    """Speaks to a cluster for as long as the process lives; whatever fails is Unavailable."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._client = Client()
        self._jetstream = self._client.jetstream(timeout=ANSWER_S)
        self._connecting: asyncio.Task[None] | None = None

    async def client(self) -> Client:
        """Return the client; raise Unavailable while there is no connection."""
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._connect())
        if not self._client.is_connected:
            # A process that has just begun, or a server that has, is waited for a moment.
            await asyncio.wait([self._connecting], timeout=_FIRST_S)
        if not self._client.is_connected:
            raise Unavailable(_AWAY)
        return self._client

    async def jetstream(self) -> JetStreamContext:
        """Return the client of streams; raise Unavailable while there is no connection."""
        await self.client()
        return self._jetstream

    async def answers(self) -> bool:
        """Tell whether streams can be used now."""
        try:
            with translated():
                await (await self.jetstream()).account_info()
        except Unavailable:
            return False
        return True

    async def close(self) -> None:
        """End the connection."""
        await cancelled(self._connecting)
        if self._client.is_connected or self._client.is_reconnecting:
            await self._client.close()

    async def _connect(self) -> None:
        await self._client.connect(
            self._access.servers,
            token=self._access.token or None,
            tls=self._access.tls(),
            name="storyroll",
            error_cb=_tell,
            no_echo=True,
            max_reconnect_attempts=-1,
            reconnect_time_wait=_TRY_AGAIN_S,
        )


@contextmanager
def translated() -> Iterator[None]:
    """Let what the client raises be Unavailable; what can only be a defect of this program, RuntimeError."""
    try:
        yield
    except BadRequestError as error:
        raise RuntimeError(f"the queue refused a request: {error.description}") from error
    except (NatsError, TimeoutError, OSError) as error:
        raise Unavailable(_AWAY) from error


async def _tell(error: Exception) -> None:
    _log.warning("the queue: %s", type(error).__name__)
