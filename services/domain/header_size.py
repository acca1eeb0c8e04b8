"""Picture sizes as their headers declare them, read from the first bytes without decoding.

Every reader takes arbitrary bytes, is bounded by their number, and answers None where they end too
early or make no sense.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Mapping
from types import MappingProxyType

Size = tuple[int, int]

_STANDALONE_MARKERS = frozenset({0x01, *range(0xD0, 0xD9)})
_FRAME_MARKERS = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}
_TIFF_WIDTH, _TIFF_HEIGHT = 0x0100, 0x0101


def read(head: bytes, mime: str) -> Size | None:
    """Return the (width, height) in pixels that the header of this type of file declares."""
    reader = _READERS.get(mime)
    if reader is None:
        return None
    try:
        return reader(head)
    except (struct.error, IndexError):
        return None


def _png(head: bytes) -> Size | None:
    if head[12:16] != b"IHDR":
        return None
    width, height = struct.unpack_from(">II", head, 16)
    return width, height


def _gif(head: bytes) -> Size | None:
    width, height = struct.unpack_from("<HH", head, 6)
    return width, height


def _bmp(head: bytes) -> Size | None:
    (header_length,) = struct.unpack_from("<I", head, 14)
    if header_length == 12:
        width, height = struct.unpack_from("<HH", head, 18)
    else:
        width, height = struct.unpack_from("<ii", head, 18)
    return abs(width), abs(height)


def _jpeg(head: bytes) -> Size | None:
    """Walk the segments to the start of frame."""
    at = 2
    while at + 4 <= len(head):
        if head[at] != 0xFF:
            return None
        marker = head[at + 1]
        if marker == 0xFF:  # fill byte
            at += 1
        elif marker in _STANDALONE_MARKERS:
            at += 2
        elif marker in _FRAME_MARKERS:
            height, width = struct.unpack_from(">HH", head, at + 5)
            return width, height
        else:
            at += 2 + max(2, int.from_bytes(head[at + 2 : at + 4]))
    return None


def _webp(head: bytes) -> Size | None:
    chunk = head[12:16]
    if chunk == b"VP8X":
        return 1 + int.from_bytes(head[24:27], "little"), 1 + int.from_bytes(head[27:30], "little")
    if chunk == b"VP8L":
        (bits,) = struct.unpack_from("<I", head, 21)
        return 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF)
    if chunk == b"VP8 ":
        width, height = struct.unpack_from("<HH", head, 26)
        return width & 0x3FFF, height & 0x3FFF
    return None


def _tiff(head: bytes) -> Size | None:
    """Read the first directory, if it lies within the bytes at hand."""
    order = "<" if head[:2] == b"II" else ">"
    (directory,) = struct.unpack_from(order + "I", head, 4)
    (count,) = struct.unpack_from(order + "H", head, directory)
    found: dict[int, int] = {}
    for entry in range(directory + 2, min(directory + 2 + 12 * count, len(head) - 11), 12):
        tag, type_ = struct.unpack_from(order + "HH", head, entry)
        if tag in (_TIFF_WIDTH, _TIFF_HEIGHT):
            (found[tag],) = struct.unpack_from(order + ("H" if type_ == 3 else "I"), head, entry + 8)
    if _TIFF_WIDTH in found and _TIFF_HEIGHT in found:
        return found[_TIFF_WIDTH], found[_TIFF_HEIGHT]
    return None


def _heif(head: bytes) -> Size | None:
    """Return the largest image spatial extent: tiles and thumbnails have theirs too."""
    largest: Size | None = None
    at = head.find(b"ispe")
    while 0 <= at <= len(head) - 16:
        width, height = struct.unpack_from(">II", head, at + 8)
        if largest is None or width * height > largest[0] * largest[1]:
            largest = width, height
        at = head.find(b"ispe", at + 16)
    return largest


_READERS: Mapping[str, Callable[[bytes], Size | None]] = MappingProxyType(
    {
        "image/png": _png,
        "image/gif": _gif,
        "image/bmp": _bmp,
        "image/jpeg": _jpeg,
        "image/webp": _webp,
        "image/tiff": _tiff,
        "image/heic": _heif,
        "image/avif": _heif,
    }
)
