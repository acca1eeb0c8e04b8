"""When a sync may send: on which link, at which hours of the day."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from typing import Final, Self

from services.domain.ports import Connectivity, Link

POLL: Final = 15.0
"""Seconds between two looks at a closed gate."""
_FREE: Final = frozenset({Link.WIFI, Link.WIRED})


@dataclass(frozen=True, slots=True)
class Hours:
    """A window of the day, local time; it may go beyond midnight."""

    start: time
    end: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Return the window that `22:00-06:00` names; raise ValueError."""
        try:
            start, end = (time.fromisoformat(part.strip()) for part in text.split("-"))
        except ValueError:
            start = end = time()
        if start == end:
            raise ValueError(f"{text!r} are no hours: give them as 22:00-06:00")
        return cls(start, end)

    def __contains__(self, moment: time) -> bool:
        """Tell whether a time of the day lies in the window: from its start, and before its end."""
        if self.start < self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end

    def __str__(self) -> str:
        return f"{self.start:%H:%M}-{self.end:%H:%M}"


@dataclass(frozen=True, slots=True)
class Conditions:
    """What must hold for anything to be sent; without any, everything may."""

    hours: tuple[Hours, ...] = ()
    connectivity: Connectivity | None = None
    """Set where only Wi-Fi, or a wire, will do."""
    clock: Callable[[], datetime] = datetime.now

    def obstacle(self) -> str | None:
        """Return why nothing may be sent now, or None. A link that is not known counts as none."""
        if self.hours and not any(self.clock().time() in window for window in self.hours):
            return f"it is not {' or '.join(map(str, self.hours))}"
        link = self.connectivity.link() if self.connectivity else Link.WIFI
        if link is Link.UNKNOWN:
            return "it cannot be told whether this is Wi-Fi; leave out --wifi-only to send all the same"
        if link is Link.NONE:
            return "this machine has no network"
        return None if link in _FREE else f"this machine is not on Wi-Fi but on a {link} connection"


@dataclass(slots=True)
class Gate:
    """Holds back what is to be sent while conditions are not met."""

    conditions: Conditions = Conditions()
    tell: Callable[[str], None] = lambda _: None
    """Told, once each time that the gate closes, what is waited for."""
    poll: float = POLL
    _closed: bool = False

    async def passed(self) -> None:
        """Return as soon as something may be sent."""
        while reason := await self._obstacle():
            if not self._closed:
                self._closed = True
                self.tell(f"waiting, for {reason}")
            await asyncio.sleep(self.poll)
        self._closed = False

    async def _obstacle(self) -> str | None:
        if self.conditions.connectivity is None:
            return self.conditions.obstacle()
        return await asyncio.to_thread(self.conditions.obstacle)  # looks at files of the system
