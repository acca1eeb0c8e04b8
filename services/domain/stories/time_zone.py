"""The time zone in which an owner lives: on whose days stories become due."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import numpy as np

from services.domain.stories.context import Context

NEWEST = 50
"""Pictures whose clocks say where an owner is of whom no home is known: more than one event's."""


def time_zone(context: Context) -> tzinfo | None:
    """Return the zone of the newest home, else the offset of most of the newest pictures; None without any.

    A journey changes nothing where home is known: who lives in Vienna has a birthday on Vienna's day.
    """
    place = context.home_places[-1] if context.home_places else None
    if place and place.time_zone:
        try:
            return ZoneInfo(place.time_zone)
        except (ZoneInfoNotFoundError, ValueError):
            pass
    newest = np.flatnonzero(context.roll.dated)[-NEWEST:].tolist()
    offsets = Counter(context.time(i).utcoffset() or timedelta() for i in newest)
    return timezone(max(offsets, key=lambda offset: (offsets[offset], offset))) if offsets else None
