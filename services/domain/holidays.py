"""Public holidays, as plain data that planning may use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Holiday:
    """One day that a country celebrates; a day may have several."""

    country: str
    """ISO 3166-1 alpha-2, upper case."""
    on: date
    name: str
    """As it is called in every year, in English: Christmas Day."""
    translations: tuple[tuple[str, str], ...] = ()
    """(language, name) in others of the languages that stories are told in, where these are known."""
