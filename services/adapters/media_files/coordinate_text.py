"""Coordinates as EXIF, XMP and video containers write them, checked for sense."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from services.domain.media import Coordinates

_SIXTY = 60.0
_NOWHERE = 1e-6
"""Degrees: closer than this to 0°, 0° is a receiver without a fix, not a boat in the Gulf of Guinea."""
_ISO_6709 = re.compile(r"\s*([+-]\d+(?:\.\d+)?)([+-]\d+(?:\.\d+)?)")
_XMP_ANGLE = re.compile(
    r"\s*(\d+(?:\.\d+)?)(?:,(\d+(?:\.\d+)?))?(?:,(\d+(?:\.\d+)?))?\s*([NSEW])\s*$", re.IGNORECASE
)


def point(latitude: float | None, longitude: float | None) -> Coordinates | None:
    """Make a point of two angles in degrees; None where they name no place on Earth."""
    if latitude is None or longitude is None:
        return None
    if not (abs(latitude) <= 90 and abs(longitude) <= 180):  # False for NaN, too
        return None
    if abs(latitude) < _NOWHERE and abs(longitude) < _NOWHERE:
        return None
    return Coordinates(latitude, longitude)


def sexagesimal(parts: Sequence[float], hemisphere: str) -> float | None:
    """Return (degrees, minutes, seconds) as signed degrees; None without degrees or a hemisphere.

    Missing and undefined (0/0) minutes and seconds count as zero: some cameras write fractions of
    minutes and leave the seconds undefined.
    """
    side = hemisphere.strip("\0 ").upper()[:1]
    if not parts or not math.isfinite(parts[0]) or side not in ("N", "S", "E", "W"):
        return None
    minutes, seconds = (parts[i] if i < len(parts) and math.isfinite(parts[i]) else 0.0 for i in (1, 2))
    degrees = parts[0] + minutes / _SIXTY + seconds / _SIXTY**2
    return -degrees if side in ("S", "W") else degrees


def parse_xmp_angle(text: str) -> float | None:
    """Read "39,6.9N", "39,6,54N" or plain signed degrees."""
    found = _XMP_ANGLE.match(text)
    if found is not None:
        return sexagesimal([float(part) for part in found.groups()[:3] if part], found[4])
    try:
        return float(text)
    except ValueError:
        return None


def parse_iso6709(text: str) -> Coordinates | None:
    """Read "+32.0929+034.8620+028.516/", and the forms in degrees and minutes (and seconds)."""
    found = _ISO_6709.match(text)
    if found is None:
        return None
    return point(_packed_angle(found[1], 2), _packed_angle(found[2], 3))


def _packed_angle(text: str, degree_digits: int) -> float:
    """Unpack ±DD.D, ±DDMM.M or ±DDMMSS.S (three digits of degrees for a longitude)."""
    digits, _, fraction = text[1:].partition(".")
    degrees = digits[:degree_digits]
    minutes = digits[degree_digits : degree_digits + 2]
    seconds = digits[degree_digits + 2 : degree_digits + 4]
    parts = [float(part) for part in (degrees, minutes, seconds) if part]
    parts[-1] += float(f"0.{fraction or 0}")
    angle = sum(part / _SIXTY**power for power, part in enumerate(parts))
    return -angle if text.startswith("-") else angle
