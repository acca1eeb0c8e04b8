"""Capture times that cameras, phones and messengers write into file names."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DATE = re.compile(
    r"(?<!\d)(?P<year>19[89]\d|20\d\d)(?P<s>[-_.:]?)(?P<month>0[1-9]|1[0-2])(?P=s)(?P<day>0[1-9]|[12]\d|3[01])"
    r"(?:(?:[ _T.-]|\s+at\s+|,\s*)?"
    r"(?P<hour>2[0-3]|[01]?\d)(?P<t>[-_.:h]?)(?P<minute>[0-5]\d)(?:(?:(?P=t)|[m.])(?P<second>[0-5]\d))?"
    r"(?:\s*(?P<half>[AaPp])[Mm])?)?"
)
"""IMG_20240503_101500, Screenshot_2024-05-03-10-15-00, IMG-20240503-WA0001, 2024-05-03 10.15.00,
WhatsApp Image 2024-05-03 at 10.15.00 AM, signal-2024-05-03-101500, photo_2024-05-03_10-15-00."""

_DATE_ONLY = re.compile(r"-WA\d{4}", re.IGNORECASE)
"""WhatsApp numbers the pictures of a day; the digits after the date are no time."""
_MILLISECONDS = re.compile(r"(?<!\d)(1[0-9]{12})(?!\d)")
"""Milliseconds since 1970, as in FB_IMG_1714731300000: 13 digits, 2001 to 2033."""
_IN_UTC = re.compile(r"^PXL_", re.IGNORECASE)
"""Google's camera names files by UTC, whatever the place."""


def read(filename: str) -> datetime | None:
    """Return the time in a file name: naive where it is local, aware where it is UTC; None without one.

    A name with a date alone gives noon, which stays on that day in every plausible time zone.
    """
    name = filename.replace("\\", "/").rpartition("/")[2]
    found = _DATE.search(name)
    if found is None:
        stamp = _MILLISECONDS.search(name)
        return datetime.fromtimestamp(int(stamp[1]) / 1000, UTC) if stamp else None
    try:
        local = _date(found, date_only=_DATE_ONLY.search(name) is not None)
    except ValueError:  # the 31st of a shorter month
        return None
    return local.replace(tzinfo=UTC) if _IN_UTC.match(name) else local


def _date(found: re.Match[str], *, date_only: bool) -> datetime:
    year, month, day = (int(found[part]) for part in ("year", "month", "day"))
    if date_only or found["minute"] is None:
        return datetime(year, month, day, 12)
    hour = int(found["hour"])
    if found["half"]:
        hour = hour % 12 + (12 if found["half"] in "Pp" else 0)
    return datetime(year, month, day, hour, int(found["minute"]), int(found["second"] or 0))
