"""Clocks."""

from __future__ import annotations

import time
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day


class SystemClock:
    """Fulfils `ports.Clock` with the time of this machine."""

    def now(self) -> datetime:
        """Return the current time, UTC and aware."""
        return datetime.now(UTC)


class FixedClock:
    """Fulfils `ports.Clock` with a chosen time that runs on: for tests and demonstrations."""

    def __init__(self, start: datetime) -> None:
        self._start = start.astimezone(UTC)
        self._began = time.monotonic()

    def now(self) -> datetime:
        """Return the chosen time plus what has passed since."""
        return self._start + timedelta(seconds=time.monotonic() - self._began)

    def advance(self, by: timedelta) -> None:
        """Jump ahead."""
        self._start += by


def clock_of(today: date | None) -> SystemClock | FixedClock:
    """Return the time of this machine, or noon of the chosen day, which then runs on."""
    if today is None:
        return SystemClock()
    return FixedClock(datetime.combine(today, time_of_day(12), UTC))
