"""Years as sentences list them."""

from __future__ import annotations

import re


def years_of(said: str) -> set[int]:
    """Read a list of years with ranges in it: 2019, 2021 and 2023–2025."""
    years = {int(year) for year in re.findall(r"\d{4}", said)}
    for first, last in re.findall(r"(\d{4})–(\d{4})", said):
        years |= set(range(int(first), int(last) + 1))
    return years
