"""What knows the days that countries celebrate."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from services.domain.holidays import Holiday


class Holidays(Protocol):
    """The public holidays of the world, offline."""

    def between(self, country: str, first: date, last: date) -> Sequence[Holiday]:
        """Return the holidays of a country (ISO 3166-1 alpha-2) from the first to the last day, by day.

        A country that is not known has none.
        """
        ...
