"""EXIF as Pillow reads it, in the terms of the domain: absent, blank and broken tags are simply None."""

from __future__ import annotations

import contextlib
import math
import struct
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from PIL import ExifTags, Image

from services.adapters.media_files.coordinate_text import point, sexagesimal
from services.adapters.media_files.recorded_time import RecordedTime, parse_offset, parse_time
from services.domain.media import Camera, Coordinates

_BROKEN = (
    ArithmeticError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    struct.error,
)
"""What Pillow raises over malformed directories."""
_COMMENT_CODES = {b"ASCII\0\0\0": "ascii", b"UNICODE\0": "utf-16", b"JIS\0\0\0\0\0": "iso2022_jp"}

_Tags = Mapping[int, Any]


class Exif:
    """The EXIF directories of one picture."""

    def __init__(self, exif: Image.Exif) -> None:
        self._main: _Tags = _copy(exif)
        self._exif = _directory(exif, ExifTags.IFD.Exif)
        self._gps = _directory(exif, ExifTags.IFD.GPSInfo)

    @property
    def original_time(self) -> RecordedTime | None:
        """DateTimeOriginal with its offset."""
        base, exif = ExifTags.Base, self._exif
        return self._time(exif, base.DateTimeOriginal, base.OffsetTimeOriginal) or self._time(
            self._main, base.DateTimeOriginal, base.OffsetTimeOriginal
        )

    @property
    def digitized_time(self) -> RecordedTime | None:
        """DateTimeDigitized with its offset."""
        return self._time(self._exif, ExifTags.Base.DateTimeDigitized, ExifTags.Base.OffsetTimeDigitized)

    @property
    def modified_time(self) -> RecordedTime | None:
        """DateTime with its offset: when the file was last written, by the camera or a program."""
        return self._time(self._main, ExifTags.Base.DateTime, ExifTags.Base.OffsetTime)

    @property
    def gps_time(self) -> datetime | None:
        """The satellites' date and time of day, UTC and aware."""
        day = parse_time(_text(self._gps.get(ExifTags.GPS.GPSDateStamp)))
        clock = _numbers(self._gps.get(ExifTags.GPS.GPSTimeStamp))
        if day is None or len(clock) != 3 or not all(map(math.isfinite, clock)):
            return None
        since_midnight = timedelta(hours=clock[0], minutes=clock[1], seconds=clock[2])
        if not timedelta() <= since_midnight < timedelta(days=1):
            return None
        return day.local.replace(hour=0, minute=0, second=0, microsecond=0, tzinfo=UTC) + since_midnight

    @property
    def coordinates(self) -> Coordinates | None:
        """Where it was taken; None without a fix."""
        gps, names = self._gps, ExifTags.GPS
        latitude = sexagesimal(_numbers(gps.get(names.GPSLatitude)), _text(gps.get(names.GPSLatitudeRef)))
        longitude = sexagesimal(_numbers(gps.get(names.GPSLongitude)), _text(gps.get(names.GPSLongitudeRef)))
        return point(latitude, longitude)

    @property
    def camera(self) -> Camera:
        """Make and model."""
        return Camera(_text(self._main.get(ExifTags.Base.Make)), _text(self._main.get(ExifTags.Base.Model)))

    @property
    def software(self) -> str:
        """The program or firmware that wrote the file."""
        return _text(self._main.get(ExifTags.Base.Software))

    @property
    def orientation(self) -> int:
        """1…8; 1 where it is missing or none of these."""
        value = self._main.get(ExifTags.Base.Orientation)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1

    @property
    def user_comment(self) -> str:
        """UserComment as text."""
        value = self._exif.get(ExifTags.Base.UserComment)
        if not isinstance(value, bytes):
            return _text(value)
        code = _COMMENT_CODES.get(value[:8])
        body = value[8:] if code or not value[:8].strip(b"\0") else value
        return body.decode(code or "utf-8", "ignore").strip("\0 ")

    @property
    def maker_note(self) -> bytes:
        """The manufacturer's own block."""
        value = self._exif.get(ExifTags.Base.MakerNote)
        return value if isinstance(value, bytes) else b""

    def _time(self, tags: _Tags, time_tag: int, offset_tag: int) -> RecordedTime | None:
        time = parse_time(_text(tags.get(time_tag)))
        if time is None or time.offset is not None:
            return time
        return RecordedTime(time.local, parse_offset(_text(self._exif.get(offset_tag))))


def _copy(tags: Mapping[int, Any]) -> _Tags:
    """Decode every tag that can be decoded."""
    found: dict[int, Any] = {}
    for tag in tuple(tags):
        with contextlib.suppress(*_BROKEN):
            found[tag] = tags[tag]
    return found


def _directory(exif: Image.Exif, which: ExifTags.IFD) -> _Tags:
    try:
        return _copy(exif.get_ifd(which))
    except _BROKEN:
        return {}


def _text(value: object) -> str:
    """Return the text up to its first NUL, stripped; empty for whatever is no text."""
    if isinstance(value, bytes):
        value = value.decode("utf-8", "replace")
    return value.partition("\0")[0].strip() if isinstance(value, str) else ""


def _numbers(value: object) -> Sequence[float]:
    """Return rationals as floats: NaN for 0/0, nothing for what are no numbers."""
    values = value if isinstance(value, tuple | list) else (value,)
    try:
        return [float(number) for number in values]
    except (TypeError, ValueError, ArithmeticError):
        return []
