"""What reads files: what they say of themselves, where they were taken."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from services.domain.capture import MediaFacts
from services.domain.media import Coordinates, Place
from services.domain.ports.vault import Patch


class MediaProbe(Protocol):
    """Reads what a file says of itself, safely: a crash in a parser costs that file only."""

    async def probe(self, path: Path, media_type: str, *, location: bool) -> MediaFacts:
        """Return the facts, coordinates only if `location`; raise UnreadableMedia with the reason."""
        ...


class LocationStripper(Protocol):
    """Finds the coordinates inside media files."""

    async def find(self, path: Path) -> Sequence[Patch]:
        """Return patches that blank every coordinate, by offset, not overlapping; none for a file without.

        Damaged files give what can be found in them.
        """
        ...


class Gazetteer(Protocol):
    """Names for points on Earth, offline."""

    def place(self, coordinates: Coordinates) -> Place | None:
        """Return the place that people would say they were at; None far from anywhere."""
        ...

    def time_zone(self, coordinates: Coordinates) -> str:
        """Return the IANA time zone of the point (also at sea)."""
        ...
