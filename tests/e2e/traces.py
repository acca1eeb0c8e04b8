"""Searching a server's data folder for what belongs to an owner."""

from __future__ import annotations

import sqlite3
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

WINDOW = 32
"""Bytes: long enough never to be met by chance."""
STEP = 16 * 1024
_OWNED = """
select t.name from sqlite_schema t join pragma_table_info(t.name) c where t.type='table' and c.name='owner'
"""


def windows(data: bytes) -> Iterator[bytes]:
    """Yield pieces of a file from its whole length, passing over padding."""
    for start in range(0, max(1, len(data) - WINDOW), STEP):
        piece = data[start : start + WINDOW]
        if len(set(piece)) > WINDOW // 3:
            yield piece


def of_files(folder: Path) -> list[bytes]:
    """Return what would betray that these files are, or were, stored: pieces of them, and their names."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    return [needle for path in paths for needle in (path.name.encode(), *windows(path.read_bytes()))]


def of_point(latitude: float, longitude: float) -> list[bytes]:
    """Return coordinates as text and as numbers would hold them."""
    numbers = (latitude, longitude)
    return [
        *(f"{number:.4f}".encode() for number in numbers),
        *(struct.pack(order + "d", number) for order in "<>" for number in numbers),
    ]


def find(needles: Iterable[bytes], *places: Path) -> list[tuple[Path, bytes]]:
    """Return every (file, needle) of the needles that any file in these places holds, in name or content."""
    wanted = list(needles)
    assert wanted
    found = []
    for path in (file for place in places for file in (place, *place.rglob("*"))):
        text = str(path.name).encode() + (path.read_bytes() if path.is_file() else b"")
        found += [(path, needle) for needle in wanted if needle in text]
    return found


class Rows:
    """The rows of one owner in the catalog, read beside the running server."""

    def __init__(self, data: Path, owner: str) -> None:
        self._catalog = data / "catalog.sqlite"
        self._keys = data / "keys" / "data-keys.sqlite"
        self._owner = owner

    def count(self) -> int:
        """Return how many there are, in all tables that have an owner."""
        owned = [(file, name) for file in (self._catalog, self._keys) for (name,) in self._ask(file, _OWNED)]
        assert len(owned) >= 6
        counts = (
            self._ask(file, f"select count(*) from {name} where owner=?", self._owner) for file, name in owned
        )
        return sum(count for ((count,),) in counts)

    def resting_on(self, scope: str) -> list[tuple[str, str]]:
        """Return kind and name of every sealed facet that rests on a scope."""
        query = "select kind, name, scopes from facets where owner=?"
        return [
            (kind, name)
            for kind, name, scopes in self._ask(self._catalog, query, self._owner)
            if scope in scopes
        ]

    def sealed(self) -> list[bytes]:
        """Return a piece of each sealed facet and wrapped key, as they lie on the disk."""
        facets = self._ask(self._catalog, "select sealed from facets where owner=?", self._owner)
        keys = self._ask(self._keys, "select wrapped from keys where owner=?", self._owner)
        return [bytes(sealed[8 : 8 + WINDOW]) for (sealed,) in facets + keys]

    def _ask(self, file: Path, query: str, *values: str) -> list[tuple[Any, ...]]:
        connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
        try:
            return connection.execute(query, values).fetchall()
        finally:
            connection.close()
