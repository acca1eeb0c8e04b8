"""Pictures that move: the halves of Apple's Live Photos, and Motion Photos that carry their video."""

from __future__ import annotations

import mmap
from pathlib import Path

from services.adapters.media_files.tiff_directories import TiffBlock

_APPLE_HEADER = b"Apple iOS\0"
_APPLE_DIRECTORY = 14
"""Behind the header, a version and the byte order mark; offsets count from the start of the note."""
_CONTENT_IDENTIFIER = 0x0011
_SAMSUNG_TRAILER = b"MotionPhoto_Data"
_LONGEST_IDENTIFIER = 64


def content_identifier(maker_note: bytes) -> str:
    """Return the identifier that a Live Photo shares with its video; empty without one.

    Tag 0x0011 of Apple's maker note, a UUID as text; its video has the same in the QuickTime key
    `com.apple.quicktime.content.identifier`.
    """
    if not maker_note.startswith(_APPLE_HEADER):
        return ""
    order = "<" if maker_note[12:14] == b"II" else ">"
    block = TiffBlock(maker_note, order)
    directory = block.directory(_APPLE_DIRECTORY)
    for entry in directory.entries if directory else ():
        if entry.tag == _CONTENT_IDENTIFIER and entry.size <= _LONGEST_IDENTIFIER:
            return block.value(entry).partition(b"\0")[0].decode("ascii", "ignore").strip()
    return ""


def has_samsung_trailer(path: Path) -> bool:
    """Tell whether Samsung's camera appended the moments around the picture as a video."""
    if path.stat().st_size == 0:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return data.find(_SAMSUNG_TRAILER) >= 0
