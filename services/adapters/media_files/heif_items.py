"""Where a HEIF or AVIF file keeps its metadata items."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap

from services.adapters.media_files.iso_boxes import Box, boxes, child

_FULL_BOX = 4
"""Version and flags, before the fields of most boxes."""
_MOST_ITEMS = 4096


@dataclass(frozen=True, slots=True)
class Extent:
    """A run of bytes in the file."""

    start: int
    end: int


def metadata_extents(data: bytes | mmap, end: int) -> Iterator[Extent]:
    """Yield the bytes of every EXIF and XMP item.

    Extents are taken one by one: no writer that we know of splits an item of metadata.
    """
    meta = next((box for box in boxes(data, 0, end) if box.type == b"meta"), None)
    if meta is None:
        return
    info, location = (child(data, meta, type_, _FULL_BOX) for type_ in (b"iinf", b"iloc"))
    if info is None or location is None:
        return
    wanted = frozenset(_metadata_items(data, info))
    inner = child(data, meta, b"idat", _FULL_BOX)
    for item, extent in _extents(data, location, inner.body if inner else 0):
        if item in wanted and 0 <= extent.start < extent.end <= end:
            yield extent


def _metadata_items(data: bytes | mmap, info: Box) -> Iterator[int]:
    """Yield the ids of the items of type Exif and of XMP's media type."""
    count_size = 2 if data[info.body] == 0 else 4
    for entry in boxes(data, info.body + _FULL_BOX + count_size, info.end):
        if entry.type != b"infe" or entry.end - entry.body < 12:
            continue
        id_size = 4 if data[entry.body] >= 3 else 2
        at = entry.body + _FULL_BOX
        type_at = at + id_size + 2
        if data[type_at : type_at + 4] in (b"Exif", b"mime"):
            yield int.from_bytes(data[at : at + id_size])


class _Cursor:
    """Reads numbers one after the other; zeros behind the end."""

    def __init__(self, data: bytes | mmap, at: int, end: int) -> None:
        self._data, self._at, self._end = data, at, end

    def take(self, size: int) -> int:
        start, self._at = self._at, self._at + size
        return int.from_bytes(self._data[start : self._at]) if self._at <= self._end else 0


def _extents(data: bytes | mmap, location: Box, inner: int) -> Iterator[tuple[int, Extent]]:
    """Yield (item id, extent) as the item location box has them (ISO/IEC 14496-12, 8.11.3)."""
    version = data[location.body]
    cursor = _Cursor(data, location.body + _FULL_BOX, location.end)
    sizes, more_sizes = cursor.take(1), cursor.take(1)
    offset_size, length_size, base_size = sizes >> 4, sizes & 15, more_sizes >> 4
    index_size = more_sizes & 15 if version else 0
    id_size = 4 if version >= 2 else 2
    for _ in range(min(cursor.take(id_size), _MOST_ITEMS)):
        item = cursor.take(id_size)
        method = cursor.take(2) & 15 if version else 0
        cursor.take(2)  # data reference: this file
        base = cursor.take(base_size) + (inner if method == 1 else 0)
        for _ in range(min(cursor.take(2), _MOST_ITEMS)):
            cursor.take(index_size)
            start = base + cursor.take(offset_size)
            yield item, Extent(start, start + cursor.take(length_size))
