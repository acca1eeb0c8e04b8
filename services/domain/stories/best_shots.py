"""Which shot of a moment stands for it: the sharpest and best exposed, with the best faces.

Near-duplicates are linked when their files are described, before anybody has looked at them: the largest
stands for the others, of equals the first (`duplicates.py`). Here the one to show is elected anew, among the
shots of a moment that are as large, by what choosing pictures calls quality and looks: sharp, well exposed,
with faces that are sharp, seen from the front and smiling. What consent does not allow is not there and
elects nobody. Whether eyes are open is not told by any model that is here.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from services.domain.duplicates import MOMENT
from services.domain.identity import AssetId
from services.domain.library import Library, LibraryAsset
from services.domain.media import MediaKind
from services.domain.stories.selection import LOOKS, QUALITY, look

AS_LARGE = 0.9
"""Share of the first shot's pixels from which another was not made small by a messenger."""
WORTH = 0.05
"""How much better another shot must be: the models see less of a difference as noise."""

Links = Iterator[tuple[AssetId, AssetId | None]]


class BestShots:
    """Elects them in a library, and keeps the assets that it changed for the next time."""

    def __init__(self) -> None:
        self._told: dict[AssetId, tuple[LibraryAsset, LibraryAsset]] = {}

    def __call__(self, library: Library) -> Library:
        """Return the library with near-duplicates led by the best shot of their moment.

        Assets in which nothing changed are the very objects of the time before.
        """
        links = dict(_elected(library.assets))
        told = {asset.id: self._with(asset, links) for asset in library.assets if asset.id in links}
        self._told = {asset.id: (asset, told[asset.id]) for asset in library.assets if asset.id in told}
        if not told:
            return library
        return replace(library, assets=tuple(told.get(asset.id, asset) for asset in library.assets))

    def _with(self, asset: LibraryAsset, links: dict[AssetId, AssetId | None]) -> LibraryAsset:
        before, told = self._told.get(asset.id, (None, asset))
        if before is asset and told.duplicate_of == links[asset.id]:
            return told
        return replace(asset, duplicate_of=links[asset.id])


def _elected(assets: Sequence[LibraryAsset]) -> Links:
    """Yield whom each picture follows in the groups in which another than before leads."""
    groups: dict[AssetId, list[LibraryAsset]] = defaultdict(list)
    for asset in assets:
        if asset.duplicate_of:
            groups[asset.duplicate_of].append(asset)
    for first in [asset for asset in assets if asset.id in groups]:
        best = _best(first, groups[first.id])
        if best is not first:
            for asset in (first, *groups[first.id]):
                yield asset.id, None if asset is best else best.id


def _best(first: LibraryAsset, followers: Iterable[LibraryAsset]) -> LibraryAsset:
    rivals = [shot for shot in followers if _of_the_moment(shot, first)]
    if first.duplicate_of or first.quality is None or not rivals:
        return first
    best = min(rivals, key=lambda shot: (-_merit(shot), shot.capture_time, shot.id))
    return best if _merit(best) >= _merit(first) + WORTH else first


def _of_the_moment(shot: LibraryAsset, first: LibraryAsset) -> bool:
    return (
        shot.kind is first.kind is MediaKind.PHOTO
        and shot.readable
        and shot.quality is not None
        and abs(shot.capture_time - first.capture_time) <= MOMENT
        and shot.width * shot.height >= AS_LARGE * first.width * first.height
    )


def _merit(shot: LibraryAsset) -> float:
    return QUALITY * (shot.quality or 0.0) + LOOKS * look(shot.faces)
