"""Where clients put files without passing us, until they are verified."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Protocol

from services.domain.records import Erasure


class LandingPlace(Protocol):
    """A quarantine: what lies here is nobody's photo yet, and does not stay.

    Keys begin with the owner, and erasing an owner's blobs erases what landed under their keys too.
    """

    def invite(self, key: str, parts: int, lifetime: timedelta) -> Sequence[str]:
        """Return, for each part of a file, a URL that one HTTP PUT may go to until `lifetime` has passed."""
        ...

    async def landed(self, key: str) -> Mapping[int, int]:
        """Return the bytes of each part that is there, by its index."""
        ...

    async def read(self, key: str, part: int, offset: int, length: int) -> bytes:
        """Read a range of a part, shorter at its end; raise NotFound."""
        ...

    async def clear(self, key: str) -> None:
        """Delete every part of a file."""
        ...

    async def sweep(self, before: datetime) -> Erasure:
        """Delete everything that landed before that time."""
        ...
