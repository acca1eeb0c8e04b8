"""The planners of the owners who were planned last, so that what comes next is planned in addition."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from services.domain.identity import AssetId, OwnerId
from services.domain.library import Library, LibraryAsset
from services.domain.stories.plan import Plan
from services.domain.stories.planner import Planner
from services.scheduler.read_library import Snapshot


@dataclass(eq=False)
class _Kept:
    """One owner's planner, and what it was last given."""

    planner: Planner
    snapshot: Snapshot
    assets: Mapping[AssetId, LibraryAsset]


class Planners:
    """A few planners, the least recently used of which goes first.

    A planner holds what consent allowed, in the clear. It is therefore kept only while the very consent that
    it was made under is in force: with any other it is made anew, and who takes something back has it
    forgotten, a plan that is being made included.
    """

    def __init__(self, most: int, seed: int = 0) -> None:
        self._most = most
        self._seed = seed
        self._kept: dict[OwnerId, _Kept] = {}
        self._forgotten = 0

    def last(self, owner: OwnerId) -> Snapshot | None:
        """Return the library of an owner as it was last planned; None where that was forgotten."""
        kept = self._kept.get(owner)
        return kept.snapshot if kept else None

    def forget(self, owner: OwnerId) -> None:
        """Drop everything that is held of an owner."""
        self._forgotten += 1
        self._kept.pop(owner, None)

    def plan(self, owner: OwnerId, snapshot: Snapshot, library: Library, today: date) -> Plan:
        """Plan a library, only what changed where the owner's planner is at hand.

        Args:
            owner: Whose library it is.
            snapshot: The library as it was read, and under which consent.
            library: The same with people and holidays.
            today: The day to plan.
        """
        forgotten, kept = self._forgotten, self._kept.pop(owner, None)
        assets = {asset.id: asset for asset in library.assets}
        if kept is None or kept.snapshot.consent != snapshot.consent:
            planner = Planner(library, self._seed)
        else:
            planner = kept.planner
            planner.look(library)
            put = [asset for id_, asset in assets.items() if kept.assets.get(id_) is not asset]
            planner.change(put, kept.assets.keys() - assets.keys())
        made = planner.plan(today)
        if forgotten == self._forgotten:
            self._kept[owner] = _Kept(planner, snapshot, assets)
            for eldest in list(self._kept)[: -self._most]:
                del self._kept[eldest]
        return made
