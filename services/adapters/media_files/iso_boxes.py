"""The boxes of ISO base media files (MP4, QuickTime, HEIF): where they begin, what they contain."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

_MOST_BOXES = 4096


@dataclass(frozen=True, slots=True)
class Box:
    """One box in the bytes of its file."""

    type: bytes
    start: int
    """Of the size field: the box begins here."""
    body: int
    """Of what the box contains."""
    end: int


def boxes(data: bytes | mmap, start: int, end: int) -> Iterator[Box]:
    """Yield the boxes that follow each other from `start`; stop at the first that makes no sense."""
    for _ in range(_MOST_BOXES):
        if start + 8 > end:
            return
        size, body = int.from_bytes(data[start : start + 4]), start + 8
        if size == 1:
            size, body = int.from_bytes(data[body : body + 8]), body + 8
        elif size == 0:
            size = end - start
        if size < body - start or start + size > end:
            return
        yield Box(bytes(data[start + 4 : start + 8]), start, body, start + size)
        start += size


def child(data: bytes | mmap, box: Box, type_: bytes, skip: int = 0) -> Box | None:
    """Return the first box of this type inside another, whose own fields take `skip` bytes."""
    return next((b for b in boxes(data, box.body + skip, box.end) if b.type == type_), None)
