"""Planning again and again: as things change, only what they touch is planned anew."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from services.domain.identity import AssetId
from services.domain.library import Library, LibraryAsset
from services.domain.live_roll import LiveRoll
from services.domain.stories.kept import Kept
from services.domain.stories.plan import Plan, survey_roll, tell


class Planner:
    """Plans a library that changes; what it returns equals `plan` of the whole library, always.

    It holds the library's data in the clear and is to be forgotten when its owner takes consent back.
    """

    def __init__(self, library: Library, seed: int = 0) -> None:
        self._roll = LiveRoll(library, seed)
        self._kept = Kept()

    def change(self, put: Iterable[LibraryAsset] = (), gone: Iterable[AssetId] = ()) -> None:
        """Add or replace assets, and take others away."""
        self._roll.change(put, gone)

    def look(self, library: Library) -> None:
        """Take over people, scopes, wishes, feedback and holidays from a library, but none of its assets."""
        self._roll.look(library)

    def plan(self, today: date) -> Plan:
        """Return what `plan` makes of the library as it is now."""
        return tell(survey_roll(self._roll.roll, today, self._kept))
