"""The directories of a TIFF structure (EXIF is one) with the place of every value in the bytes."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Self

_UNIT_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_ENTRY_SIZE = 12
_MOST_ENTRIES = 1024
_MOST_DIRECTORIES = 64

SUB_DIRECTORY_TAGS = frozenset({0x014A, 0x8769})
"""Tags that point to further directories: SubIFDs and EXIF."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One tag: its type, and where its value lies."""

    tag: int
    type: int
    offset: int
    """Of the value, in the bytes of the block."""
    size: int
    """Of the value, in bytes."""


@dataclass(frozen=True, slots=True)
class Directory:
    """One table of tags."""

    offset: int
    end: int
    """Behind the last entry, where the offset of the next directory stands."""
    entries: tuple[Entry, ...]


class TiffBlock:
    """Reads directories out of arbitrary bytes; whatever points outside of them is left out."""

    def __init__(self, data: bytes | mmap, order: str, start: int = 0, end: int | None = None) -> None:
        self._data = data
        self._order = order
        self.start = start
        self.end = len(data) if end is None else min(end, len(data))

    @classmethod
    def at(cls, data: bytes | mmap, start: int, end: int | None = None) -> Self | None:
        """Return the block whose TIFF header stands at `start`; None where none does."""
        order = {b"II*\0": "<", b"MM\0*": ">"}.get(data[start : start + 4])
        return None if order is None else cls(data, order, start, end)

    def directory(self, offset: int) -> Directory | None:
        """Read the directory at this offset of the block."""
        at = self.start + offset
        if not self.start <= at <= self.end - 2:
            return None
        (count,) = struct.unpack_from(self._order + "H", self._data, at)
        room = (self.end - at - 2) // _ENTRY_SIZE
        count = min(count, room, _MOST_ENTRIES)
        first = offset + 2
        entries = (self._entry(first + i * _ENTRY_SIZE) for i in range(count))
        return Directory(offset, first + count * _ENTRY_SIZE, tuple(e for e in entries if e is not None))

    def walk(self) -> Iterator[Directory]:
        """Yield the main directories and all that they point to, each once."""
        waiting = [self.number(4, 4)]
        seen: set[int] = set()
        while waiting and len(seen) < _MOST_DIRECTORIES:
            offset = waiting.pop()
            directory = self.directory(offset) if offset and offset not in seen else None
            seen.add(offset)
            if directory is None:
                continue
            yield directory
            waiting.append(self.number(directory.end, 4))
            for entry in directory.entries:
                if entry.tag in SUB_DIRECTORY_TAGS and entry.size >= 4:
                    last = entry.offset + min(entry.size, 4 * _MOST_DIRECTORIES) - 3
                    waiting.extend(self.number(at, 4) for at in range(entry.offset, last, 4))

    def value(self, entry: Entry) -> bytes:
        """Return the bytes of a value."""
        at = self.start + entry.offset
        return self._data[at : at + entry.size]

    def number(self, offset: int, size: int) -> int:
        """Return the unsigned number of 2 or 4 bytes at this offset; 0 outside of the block."""
        at = self.start + offset
        if not self.start <= at <= self.end - size:
            return 0
        return int(struct.unpack_from(self._order + {2: "H", 4: "I"}[size], self._data, at)[0])

    def _entry(self, at: int) -> Entry | None:
        tag, type_, count = self.number(at, 2), self.number(at + 2, 2), self.number(at + 4, 4)
        size = _UNIT_SIZES.get(type_, 0) * count
        offset = at + 8 if size <= 4 else self.number(at + 8, 4)
        if size == 0 or self.start + offset + size > self.end:
            return None
        return Entry(tag, type_, offset, size)
