"""A clock that knows which day it is where each owner lives."""

from __future__ import annotations

from datetime import UTC, date, datetime, tzinfo

from services.domain.identity import OwnerId
from services.domain.ports import Clock


class OwnerClock:
    """Remembers the time zones that planning found, and tells the day by them.

    Args:
        clock: The time.
        default: Of owners who are not known yet.
    """

    def __init__(self, clock: Clock, default: tzinfo = UTC) -> None:
        self._clock = clock
        self._default = default
        self._zones: dict[OwnerId, tzinfo] = {}

    def now(self) -> datetime:
        """Return the current time, UTC and aware."""
        return self._clock.now()

    def today(self, owner: OwnerId) -> date:
        """Return the day that it is now where an owner lives."""
        return self._clock.now().astimezone(self._zones.get(owner, self._default)).date()

    def lives_in(self, owner: OwnerId, zone: tzinfo | None) -> bool:
        """Remember where an owner lives; tell whether another day than was thought begins with that."""
        before = self.today(owner)
        self.forget(owner)
        if zone is not None:
            self._zones[owner] = zone
        return self.today(owner) != before

    def forget(self, owner: OwnerId) -> None:
        """Drop what is known of an owner."""
        self._zones.pop(owner, None)
