"""The orientation of a JPEG, for libraries that do not read it."""

from __future__ import annotations

from typing import Literal

_TAG = 0x0112


def orientation(data: bytes) -> int:
    """Return the EXIF orientation of a JPEG, 1 where it says none."""
    start = data.find(b"Exif\0\0", 0, 4096)
    if start < 0:
        return 1
    tiff = start + 6
    order: Literal["little", "big"] = "little" if data[tiff : tiff + 2] == b"II" else "big"
    directory = tiff + int.from_bytes(data[tiff + 4 : tiff + 8], order)
    for entry in range(int.from_bytes(data[directory : directory + 2], order)):
        at = directory + 2 + 12 * entry
        if int.from_bytes(data[at : at + 2], order) == _TAG:
            return int.from_bytes(data[at + 8 : at + 10], order)
    return 1
