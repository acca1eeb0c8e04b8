"""Blanking the GPS directories of an EXIF block."""

from __future__ import annotations

from collections.abc import Iterator
from mmap import mmap

from services.adapters.media_files.tiff_directories import TiffBlock
from services.adapters.redaction.xmp import xmp_patches

_GPS_DIRECTORY = 0x8825
_XMP = 0x02BC
_LONGEST_VALUE = 4096
"""Bytes: no GPS value is longer; a block that claims so is damaged, and its pictures stay untouched."""


def tiff_patches(data: bytes | mmap, start: int, end: int) -> Iterator[tuple[int, bytes]]:
    """Yield zeros over every GPS directory and its values, and blanks over coordinates in XMP tags.

    The tag that points there stays, and points to a directory of no entries.
    """
    block = TiffBlock.at(data, start, end)
    if block is None:
        return
    for directory in block.walk():
        for entry in directory.entries:
            if entry.tag == _GPS_DIRECTORY and entry.size == 4:
                yield from _directory_patches(block, block.number(entry.offset, 4))
            elif entry.tag == _XMP:
                yield from xmp_patches(data, start + entry.offset, start + entry.offset + entry.size)


def _directory_patches(block: TiffBlock, offset: int) -> Iterator[tuple[int, bytes]]:
    directory = block.directory(offset)
    if directory is None:
        return
    yield block.start + directory.offset, bytes(directory.end - directory.offset)
    for entry in directory.entries:
        outside = not directory.offset <= entry.offset < directory.end
        if outside and entry.size <= _LONGEST_VALUE:
            yield block.start + entry.offset, bytes(entry.size)
