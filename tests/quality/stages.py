"""Checks the stages of a trip, counted anew from its pictures."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, timedelta

from services.domain.library import LibraryAsset


def stages_hold(said: str, pool: Sequence[LibraryAsset], dates: Callable[[str], tuple[date, date]]) -> bool:
    """Tell whether each day of a trip that knows its place lies in the stage of its most frequent city.

    Args:
        said: "Lisbon on 3–4 May 2024; Sintra on 5 May 2024".
        pool: The trip's pictures that may be shown.
        dates: Reads a range of days.
    """
    cities: dict[date, str] = {}
    for part in said.split("; "):
        city, when = re.split(r" (?=on \d|between \d)", part, maxsplit=1)
        first, last = dates(when)
        cities |= {first + timedelta(days=n): city for n in range((last - first).days + 1)}
    known = {asset.day for asset in pool if asset.place}
    return all(_most(day, cities.get(day, ""), pool) for day in known)


def _most(day: date, city: str, pool: Sequence[LibraryAsset]) -> bool:
    seen = Counter(asset.place.city for asset in pool if asset.place and asset.day == day)
    return seen[city] == max(seen.values())
