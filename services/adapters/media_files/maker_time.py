"""Dates that trail and thermal cameras keep in blocks of their own, and nowhere else.

Sources: the Reconyx and FLIR tables of ExifTool's tag reference.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.adapters.media_files.recorded_time import RecordedTime

_RECONYX_VERSION = b"\x01\xf1"
_RECONYX_CLOCK = struct.Struct("<6H")
_RECONYX_CLOCK_AT = 0x16
_FLIR_SEGMENT = b"FLIR\0\x01"
_FLIR_SEGMENT_HEADER = 8
"""The mark, the segment's number and the last one's."""
_FLIR_DIRECTORY_AT = 0x18
_FLIR_RECORD_SIZE = 32
_FLIR_MOST_RECORDS = 64
_FLIR_CAMERA_INFO = 0x20
_FLIR_CLOCK_AT = 0x384


def maker_time(maker_note: bytes, segments: Sequence[bytes]) -> RecordedTime | None:
    """Return the date in a maker's own block; None for other makers and for damaged blocks.

    Args:
        maker_note: The EXIF tag of that name.
        segments: The application segments of a JPEG, in order.
    """
    try:
        return _reconyx(maker_note) or _flir(_flir_file(segments))
    except (struct.error, ValueError, OverflowError):
        return None


def _reconyx(note: bytes) -> RecordedTime | None:
    if not note.startswith(_RECONYX_VERSION):
        return None
    second, minute, hour, month, day, year = _RECONYX_CLOCK.unpack_from(note, _RECONYX_CLOCK_AT)
    return RecordedTime(datetime(year, month, day, hour, minute, second))


def _flir_file(segments: Sequence[bytes]) -> bytes:
    """Join the file that FLIR cuts into segments."""
    parts = sorted(segment for segment in segments if segment.startswith(_FLIR_SEGMENT))
    return b"".join(part[_FLIR_SEGMENT_HEADER:] for part in parts)


def _flir(data: bytes) -> RecordedTime | None:
    """Find the record of the camera and its clock: Unix seconds and minutes west of Greenwich."""
    if not data.startswith(b"FFF\0"):
        return None
    order = ">" if data[20:22] == b"\0\0" else "<"
    directory, count = struct.unpack_from(order + "II", data, _FLIR_DIRECTORY_AT)
    for at in range(
        directory, directory + min(count, _FLIR_MOST_RECORDS) * _FLIR_RECORD_SIZE, _FLIR_RECORD_SIZE
    ):
        (type_,) = struct.unpack_from(order + "H", data, at)
        if type_ == _FLIR_CAMERA_INFO:
            (start,) = struct.unpack_from(order + "I", data, at + 12)
            return _flir_clock(data, start)
    return None


def _flir_clock(data: bytes, start: int) -> RecordedTime:
    order = "<" if data[start : start + 2] == b"\x02\0" else ">"  # records need not follow the file
    seconds, milliseconds, west = struct.unpack_from(order + "IIh", data, start + _FLIR_CLOCK_AT)
    offset = -timedelta(minutes=west)
    utc = datetime.fromtimestamp(seconds, UTC) + timedelta(milliseconds=milliseconds & 0xFFFF)
    return RecordedTime(utc.replace(tzinfo=None) + offset, offset)
