"""Blanking the location fields of MP4 and QuickTime files."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap

from services.adapters.media_files.iso_boxes import Box, boxes, child
from services.adapters.redaction.xmp import xmp_patches

_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"udta"})
_LOCATIONS = frozenset({b"\xa9xyz", b"loci", b"gps ", b"GPS "})
"""QuickTime and Android, 3GPP, and dashboard cameras."""
_XMP_BOXES = frozenset({b"uuid", b"XMP_"})
_DEEPEST = 8
_LONGEST_KEY = 1024


def movie_patches(data: bytes | mmap, start: int, end: int, depth: int = 0) -> Iterator[tuple[int, bytes]]:
    """Yield patches that turn every location field among these boxes into free space."""
    for box in boxes(data, start, end):
        if box.type in _LOCATIONS:
            yield from _freed(box)
        elif box.type in _XMP_BOXES:
            yield from xmp_patches(data, box.body, box.end)
        elif box.type == b"meta":
            yield from _keyed_patches(data, box)
        elif box.type in _CONTAINERS and depth < _DEEPEST:
            yield from movie_patches(data, box.body, box.end, depth + 1)


def _freed(box: Box) -> Iterator[tuple[int, bytes]]:
    """Rename a box to `free`, which readers skip, and clear it."""
    yield box.start + 4, b"free"
    if box.end > box.body:
        yield box.body, bytes(box.end - box.body)


def _keyed_patches(data: bytes | mmap, meta: Box) -> Iterator[tuple[int, bytes]]:
    """Free the values of Apple's keys that name a location (com.apple.quicktime.location.*)."""
    # QuickTime's box begins with its children, MPEG's with a version and flags
    skip = 0 if data[meta.body + 4 : meta.body + 8] == b"hdlr" else 4
    keys, values = (child(data, meta, type_, skip) for type_ in (b"keys", b"ilst"))
    if keys is None or values is None:
        return
    wanted = frozenset(_location_keys(data, keys))
    for value in boxes(data, values.body, values.end):
        if int.from_bytes(value.type) in wanted:
            yield from _freed(value)


def _location_keys(data: bytes | mmap, keys: Box) -> Iterator[int]:
    """Yield the numbers, from 1, of the keys that name a location."""
    for number, key in enumerate(boxes(data, keys.body + 8, keys.end), start=1):
        if b"location" in data[key.body : min(key.end, key.body + _LONGEST_KEY)].lower():
            yield number
