"""Clearing away what never became a photo: uploads that broke off, and what nobody came for in quarantine."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Final

from services.domain.consuming import pause
from services.domain.errors import StoryrollError
from services.domain.ports import Clearing, LandingPlace, Unobserved, Vault, WorkObserver
from services.domain.records import Erasure
from services.upload.direct import STAY

_log = logging.getLogger(__name__)

INTERVAL: Final = timedelta(minutes=5)


Sweeping = Callable[[], Awaitable[Erasure]]


class Sweep:
    """Sweeps uploads that broke off, and the quarantine."""

    def __init__(self, vault: Vault, landing: LandingPlace | None, keep_unfinished: timedelta) -> None:
        self._vault = vault
        self._landing = landing
        self._keep_unfinished = keep_unfinished

    async def __call__(self) -> Erasure:
        """Sweep once; return what was deleted. Raises Unavailable."""
        # Stores go by the time of this machine, whatever day the clock of the stories shows.
        now = datetime.now(UTC)
        erased = await self._vault.sweep(now - self._keep_unfinished)
        return erased + await self._landing.sweep(now - STAY) if self._landing else erased


async def sweep_on(
    sweep: Sweeping,
    every: timedelta,
    what: Clearing,
    stop: asyncio.Event,
    *,
    observer: WorkObserver = Unobserved(),
) -> None:
    """Sweep at once, and again and again until told to stop; a store that is away is asked again next time.

    Args:
        sweep: Returns what it deleted.
        every: Between two sweeps.
        what: Is swept, for the log and the observer.
        stop: Once set, no further sweep begins.
        observer: Is told of each sweep that came to its end.
    """
    while not stop.is_set():
        try:
            erased = await sweep()
            observer.swept(what, erased.blobs)
            if erased.blobs:
                _log.info("swept %d %s, %d bytes", erased.blobs, what, erased.bytes)
        except StoryrollError as error:
            _log.warning("cannot sweep %s: %s", what, error)
        await pause(every.total_seconds(), stop)
