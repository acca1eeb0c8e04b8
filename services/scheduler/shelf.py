"""A mapping that never changes, and whose successor with a few other entries costs little."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import TypeVar

V = TypeVar("V")
MOST_BESIDE = 1024
"""Entries that lie beside the large dictionary before all are put into one anew."""


class Shelf(Mapping[str, V]):
    """Entries by id: a large dictionary that is shared with other shelves, and a small one that is not."""

    def __init__(self, entries: Mapping[str, V] | None = None) -> None:
        self._shared: dict[str, V] = dict(entries or {})
        self._beside: dict[str, V] = {}
        self._gone: frozenset[str] = frozenset()
        """What of the shared ones is no more; what lies beside is not among it."""
        self._length = len(self._shared)

    def changed(self, put: Mapping[str, V], gone: Iterable[str] = ()) -> Shelf[V]:
        """Return a shelf with other entries; those put come last if their ids are new."""
        going = {id_ for id_ in gone if id_ in self}
        new: Shelf[V] = Shelf()
        new._shared = self._shared
        new._beside = {id_: v for id_, v in {**self._beside, **put}.items() if id_ not in going}
        new._gone = (self._gone | {id_ for id_ in going if id_ in self._shared}) - put.keys()
        new._length = self._length - len(going) + sum(id_ not in self for id_ in put)
        beside = len(new._beside) + len(new._gone)
        return Shelf(dict(new.items())) if beside > MOST_BESIDE else new

    def __getitem__(self, id_: str) -> V:
        if id_ in self._beside:
            return self._beside[id_]
        if id_ in self._gone:
            raise KeyError(id_)
        return self._shared[id_]

    def __contains__(self, id_: object) -> bool:
        return id_ in self._beside or (id_ in self._shared and id_ not in self._gone)

    def __iter__(self) -> Iterator[str]:
        yield from (id_ for id_ in self._shared if id_ not in self._gone)
        yield from (id_ for id_ in self._beside if id_ not in self._shared or id_ in self._gone)

    def __len__(self) -> int:
        return self._length
