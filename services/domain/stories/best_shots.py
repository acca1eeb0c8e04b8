"""Which shot of a moment stands for it: the sharpest and best exposed, with the best faces.

Near-duplicates are linked when their files are described, before anybody has looked at them: the largest
stands for the others, of equals the first (`duplicates.py`). Here the one to show is elected anew, among the
shots of a moment that are as large, by what choosing pictures calls quality and looks: sharp, well exposed,
with faces that are sharp, seen from the front and smiling, and whose eyes are open where another shot has
them open. What consent does not allow is not there and elects nobody.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace

from services.domain.duplicates import MOMENT
from services.domain.identity import AssetId
from services.domain.library import LibraryAsset
from services.domain.media import MediaKind
from services.domain.stories.expressions import look, lost_by_blinking
from services.domain.stories.selection import LOOKS, QUALITY

AS_LARGE = 0.9
"""Share of the first shot's pixels from which another was not made small by a messenger."""
WORTH = 0.05
"""How much better another shot must be: the models see less of a difference as noise."""


class BestShots:
    """Elects them among the pictures of a library, anew only where one of the same moment changed."""

    def __init__(self) -> None:
        self._assets: dict[AssetId, LibraryAsset] = {}
        self._followers: defaultdict[AssetId, set[AssetId]] = defaultdict(set)
        self._told: dict[AssetId, AssetId | None] = {}
        """Whom pictures follow, where it is another one than they were linked to."""

    def change(
        self, put: Iterable[LibraryAsset], gone: Iterable[AssetId] = ()
    ) -> dict[AssetId, LibraryAsset]:
        """Take what changed; return it with the best shots in the lead, and all that follows another one now.

        Args:
            put: Pictures that came or changed.
            gone: Ids of those that went.
        """
        told = {asset.id: asset for asset in put}
        touched: set[AssetId] = set()
        for id_ in (*gone, *told):
            touched |= self._take_out(id_)
        for asset in told.values():
            touched |= self._put_in(asset)
        for first in touched:
            told.update(self._elected(first))
        return told

    def _take_out(self, id_: AssetId) -> set[AssetId]:
        """Forget a picture; return which groups it was in, by the first of each."""
        before = self._assets.pop(id_, None)
        self._told.pop(id_, None)
        if before is None:
            return set()
        return self._groups(before, set.discard)

    def _put_in(self, asset: LibraryAsset) -> set[AssetId]:
        self._assets[asset.id] = asset
        return self._groups(asset, set.add)

    def _groups(self, asset: LibraryAsset, change: Callable[[set[AssetId], AssetId], None]) -> set[AssetId]:
        groups = {asset.id} if asset.id in self._followers else set()
        if asset.duplicate_of:
            change(self._followers[asset.duplicate_of], asset.id)
            groups.add(asset.duplicate_of)
        return groups

    def _elected(self, first_id: AssetId) -> Iterator[tuple[AssetId, LibraryAsset]]:
        """Yield the pictures of a group that follow another one than they were told before."""
        followers = [self._assets[id_] for id_ in self._followers[first_id]]
        first = self._assets.get(first_id)
        best = _best(first, followers) if first else None
        led = followers if first is None or first.duplicate_of else [first, *followers]
        for asset in led:
            link = asset.duplicate_of if best is None or best is first else _after(asset, best)
            if link != self._told.get(asset.id, asset.duplicate_of):
                yield asset.id, self._following(asset, link)

    def _following(self, asset: LibraryAsset, link: AssetId | None) -> LibraryAsset:
        if link == asset.duplicate_of:
            self._told.pop(asset.id, None)
            return asset
        self._told[asset.id] = link
        return replace(asset, duplicate_of=link)


def _after(asset: LibraryAsset, best: LibraryAsset) -> AssetId | None:
    return None if asset is best else best.id


def _best(first: LibraryAsset, followers: Iterable[LibraryAsset]) -> LibraryAsset:
    rivals = [shot for shot in followers if _of_the_moment(shot, first)]
    if first.duplicate_of or first.quality is None or not rivals:
        return first
    shots = (first, *rivals)
    lost = lost_by_blinking([shot.faces for shot in shots]).tolist()
    merits = {shot.id: _merit(shot, less) for shot, less in zip(shots, lost, strict=True)}
    best = min(rivals, key=lambda shot: (-merits[shot.id], shot.capture_time, shot.id))
    return best if merits[best.id] >= merits[first.id] + WORTH else first


def _of_the_moment(shot: LibraryAsset, first: LibraryAsset) -> bool:
    return (
        shot.kind is first.kind is MediaKind.PHOTO
        and shot.readable
        and shot.quality is not None
        and abs(shot.capture_time - first.capture_time) <= MOMENT
        and shot.width * shot.height >= AS_LARGE * first.width * first.height
    )


def _merit(shot: LibraryAsset, lost: float) -> float:
    return QUALITY * (shot.quality or 0.0) + LOOKS * (look(shot.faces) - lost)
