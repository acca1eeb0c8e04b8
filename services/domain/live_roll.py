"""A roll that is kept up to date: where assets come, change and go, a stretch of it is laid out anew."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np

from services.domain.clocks import Clocks
from services.domain.columns import Columns, Lens, Rooms
from services.domain.identity import AssetId
from services.domain.library import Library, LibraryAsset
from services.domain.roll import Ints, Roll, in_order
from services.domain.room import Room
from services.domain.splice import Seam


class LiveRoll:
    """Holds the roll of a library that changes; `roll` equals what `Roll.of` makes of the whole library."""

    roll: Roll

    def __init__(self, library: Library, seed: int = 0) -> None:
        self._next_token = 0
        self._seed = seed
        self._rooms: Rooms = defaultdict(Room)
        self._lay_out(library)

    def change(self, put: Iterable[LibraryAsset] = (), gone: Iterable[AssetId] = ()) -> None:
        """Add or replace assets, and take others away; what is not there is gone already."""
        given = {asset.id: asset for asset in put}
        going = {id_ for id_ in gone if id_ in self._by_id and id_ not in given}
        coming = self._clocks.change(given.values(), going)
        for id_ in {*coming, *going}:
            for follower in self._followers.get(id_, ()):
                if follower not in going and follower in self._by_id:
                    coming.setdefault(follower, self._by_id[follower])
        if coming or going:
            leaving = {id_: self._row(id_) for id_ in {*coming, *going} if id_ in self._by_id}
            self._forget(leaving)
            self._note(coming.values())
            self._splice(list(coming.values()), leaving)

    def look(self, library: Library) -> None:
        """Take over what a library says besides its assets, which are not looked at."""
        before = self.roll.library
        library = replace(library, assets=())
        wishes = library.scopes, library.hidden_days, Lens(library, self._seed).hidden
        if wishes == (before.scopes, before.hidden_days, self.roll.lens.hidden):
            earlier = self.roll
            self.roll = replace(earlier, lens=replace(earlier.lens, library=library))
            self.roll.take_over(earlier, len(earlier))
        else:
            self._lay_out(replace(library, assets=self._clocks.assets()))

    def _lay_out(self, library: Library) -> None:
        """Take a whole library, as its files say."""
        self._clocks = Clocks(library)
        self._by_id: dict[AssetId, LibraryAsset] = {}
        self._followers: dict[AssetId, set[AssetId]] = defaultdict(set)
        told: tuple[LibraryAsset, ...] = tuple(map(self._clocks.told, library.assets))
        self._note(told)
        roll = Roll.of_mended(replace(library, assets=told), self._seed)
        lens = replace(roll.lens, library=replace(library, assets=()))
        self.roll = replace(roll, lens=lens, tokens=self._new_tokens(len(roll)))

    def _note(self, assets: Iterable[LibraryAsset]) -> None:
        for asset in assets:
            self._by_id[asset.id] = asset
            for other in _better(asset):
                self._followers[other].add(asset.id)

    def _forget(self, ids: Iterable[AssetId]) -> None:
        for id_ in ids:
            for other in _better(self._by_id.pop(id_)):
                self._followers[other].discard(id_)
                if not self._followers[other]:
                    del self._followers[other]

    def _splice(self, coming: list[LibraryAsset], leaving: dict[AssetId, int]) -> None:
        roll = self.roll
        arriving = [self._place(asset) for asset in coming]
        head = min([*leaving.values(), *arriving])
        cut = max([*(row + 1 for row in leaving.values()), *arriving])
        tokens = dict(zip((a.id for a in coming), self._new_tokens(len(coming)).tolist(), strict=True))
        for row in range(head, cut):
            tokens.setdefault(roll.assets[row].id, int(roll.tokens[row]))
        staying = [asset for asset in roll.assets[head:cut] if asset.id not in leaving]
        middle = in_order([*staying, *coming])
        ids = np.array([tokens[asset.id] for asset in middle.assets], dtype=np.int64)
        laid = Columns.lay_out(middle, ids, roll.lens, _Readable(self._by_id))
        columns = roll.spliced(Seam(head, len(roll) - cut), laid, self._rooms)
        self.roll = Roll(**columns, lens=roll.lens)  # type: ignore[arg-type]
        if cut == len(roll):
            self.roll.take_over(roll, head)

    def _row(self, id_: AssetId) -> int:
        row = int(np.searchsorted(self.roll.seconds, self._by_id[id_].capture_time.timestamp()))
        while self.roll.assets[row].id != id_:
            row += 1
        return row

    def _place(self, asset: LibraryAsset) -> int:
        """Return the row before which an asset belongs."""
        roll, seconds = self.roll, asset.capture_time.timestamp()
        row = int(np.searchsorted(roll.seconds, seconds))
        while row < len(roll) and roll.seconds[row] == seconds and roll.assets[row].id < asset.id:
            row += 1
        return row

    def _new_tokens(self, n: int) -> Ints:
        first, self._next_token = self._next_token, self._next_token + n
        return np.arange(first, self._next_token, dtype=np.int64)


class _Readable:
    """The readable assets of a library, asked one by one."""

    def __init__(self, by_id: dict[AssetId, LibraryAsset]) -> None:
        self._by_id = by_id

    def __contains__(self, id_: object) -> bool:
        asset = self._by_id.get(id_)  # type: ignore[call-overload]
        return asset is not None and bool(asset.readable)


def _better(asset: LibraryAsset) -> Iterator[AssetId]:
    """Return the assets whose presence decides whether this one may be shown."""
    yield from {other for other in (asset.duplicate_of, asset.pair) if other}
