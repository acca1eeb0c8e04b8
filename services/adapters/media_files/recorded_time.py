"""Dates as EXIF, XMP, IPTC and containers write them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone

_TIME = re.compile(
    r"\s*(\d{4})[-:/.](\d\d)[-:/.](\d\d)"
    r"(?:[T ]\s*(\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s*(Z|[+-]\d\d:?\d\d)?)?"
)
_OFFSET = re.compile(r"\s*([+-])(\d\d):?(\d\d)")
_LARGEST_OFFSET = timedelta(hours=14)


@dataclass(frozen=True, slots=True)
class RecordedTime:
    """A date as it was written: local, with the offset beside it if there is one."""

    local: datetime
    """Naive."""
    offset: timedelta | None = None

    @property
    def at(self) -> datetime:
        """The time as one value: aware where the offset is known, naive where not."""
        return self.local if self.offset is None else self.local.replace(tzinfo=timezone(self.offset))


def parse_time(text: str) -> RecordedTime | None:
    """Read "2008:05:30 15:56:01", ISO 8601 and their mixtures; None for blanks, zeros and nonsense.

    A date without a time of day is read as noon.
    """
    found = _TIME.match(text)
    if found is None:
        return None
    year, month, day = (int(part) for part in found.groups()[:3])
    hour, minute, second, fraction, zone = found.groups()[3:]
    try:
        if hour is None:
            return RecordedTime(datetime(year, month, day, 12))
        microsecond = int((fraction or "0").ljust(6, "0")[:6])
        local = datetime(year, month, day, int(hour), int(minute), int(second or 0), microsecond)
    except ValueError:
        return None
    return RecordedTime(local, parse_offset(zone) if zone else None)


def parse_offset(text: str) -> timedelta | None:
    """Read a UTC offset such as "+02:00" or "Z"; None for anything that no place on Earth uses."""
    if text.strip() == "Z":
        return timedelta()
    found = _OFFSET.match(text)
    if found is None:
        return None
    offset = timedelta(hours=int(found[2]), minutes=int(found[3]))
    if offset > _LARGEST_OFFSET:
        return None
    return -offset if found[1] == "-" else offset
