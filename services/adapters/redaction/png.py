"""Blanking coordinates in the chunks of a PNG, whose checksums have to follow."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from mmap import mmap

from services.adapters.redaction.exif import tiff_patches
from services.adapters.redaction.xmp import xmp_patches

_SIGNATURE = 8
_XMP_KEYWORD = b"XML:com.adobe.xmp\0"
_OPAQUE_KEYWORDS = (b"Raw profile type ", _XMP_KEYWORD + b"\1")
"""Metadata as compressed or hexadecimal text: it cannot be edited in place, so all of it goes."""
_NEUTRAL = b"Comment\0"
_LONGEST_CHUNK = 64 << 20


def png_patches(data: bytes | mmap) -> Iterator[tuple[int, bytes]]:
    """Yield a patch (type, body, CRC) for every chunk that holds a coordinate or may hide one."""
    at = _SIGNATURE
    while at + 12 <= len(data):
        (size,) = struct.unpack_from(">I", data, at)
        end = at + 8 + size
        if end + 4 > len(data):
            return
        type_ = data[at + 4 : at + 8]
        if type_ in (b"eXIf", b"iTXt", b"tEXt", b"zTXt") and size <= _LONGEST_CHUNK:
            body = bytes(data[at + 8 : end])
            clean = _clean(type_, body)
            if clean != (type_, body):
                chunk = b"".join(clean)
                yield at + 4, chunk + struct.pack(">I", zlib.crc32(chunk))
        at = end + 4


def _clean(type_: bytes, body: bytes) -> tuple[bytes, bytes]:
    """Return the chunk's type and body, of the same length, without coordinates."""
    if body.startswith(_OPAQUE_KEYWORDS):
        return b"tEXt", _NEUTRAL + b" " * (len(body) - len(_NEUTRAL))
    patches = tiff_patches if type_ == b"eXIf" else xmp_patches
    clean = bytearray(body)
    for start, blank in patches(body, 0, len(body)):
        clean[start : start + len(blank)] = blank
    return type_, bytes(clean)
