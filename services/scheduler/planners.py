"""The planners of the owners who were planned last, so that what comes next is planned in addition."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date

from services.domain.identity import AssetId, OwnerId
from services.domain.library import Library, LibraryAsset
from services.domain.stories.best_shots import BestShots
from services.domain.stories.plan import Plan
from services.domain.stories.planner import Planner
from services.scheduler.group_people import KnownPeople
from services.scheduler.read_library import Snapshot

Completed = Callable[[Library], Library]


@dataclass(eq=False)
class _Kept:
    """One owner's planner, and what it was last given."""

    planner: Planner
    snapshot: Snapshot
    assets: Mapping[AssetId, LibraryAsset]
    people: KnownPeople
    shots: BestShots


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

    def plan(
        self, owner: OwnerId, snapshot: Snapshot, today: date, completed: Completed
    ) -> tuple[Library, Plan]:
        """Group and plan a library, only what changed where the owner's planner is at hand.

        Args:
            owner: Whose library it is.
            snapshot: The library as it was read, and under which consent.
            today: The day to plan.
            completed: Adds what is not the owner's: holidays.

        Returns:
            The library with everybody in it, and its plan.
        """
        forgotten, kept = self._forgotten, self._kept.pop(owner, None)
        if kept is not None and kept.snapshot.consent != snapshot.consent:
            kept = None
        people = _people(kept, snapshot.library)
        grouped = people.with_people(snapshot.library)
        shots = kept.shots if kept else BestShots()
        planner, assets = self._planner(kept, completed(shots(grouped)))
        made = planner.plan(today)
        if forgotten == self._forgotten:
            self._kept[owner] = _Kept(planner, snapshot, assets, people, shots)
            for eldest in list(self._kept)[: -self._most]:
                del self._kept[eldest]
        return grouped, made

    def _planner(
        self, kept: _Kept | None, library: Library
    ) -> tuple[Planner, Mapping[AssetId, LibraryAsset]]:
        """Return a planner that knows the library, and the assets that it knows."""
        assets = {asset.id: asset for asset in library.assets}
        if kept is None:
            return Planner(library, self._seed), assets
        kept.planner.look(library)
        put = [asset for id_, asset in assets.items() if kept.assets.get(id_) is not asset]
        kept.planner.change(put, kept.assets.keys() - assets.keys())
        return kept.planner, assets


def _people(kept: _Kept | None, library: Library) -> KnownPeople:
    if kept is not None and kept.people.fits(library.people):
        return kept.people
    return KnownPeople(library.people)
