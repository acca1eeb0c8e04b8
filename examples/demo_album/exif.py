"""EXIF for the photos of the album, and how it gets into a JPEG without decoding it."""

from datetime import datetime
from fractions import Fraction

from PIL import Image
from PIL.ExifTags import GPS, IFD, Base
from PIL.TiffImagePlugin import IFDRational

MAKE = "Storyroll Demo"

_SOI = b"\xff\xd8"
_APP1 = b"\xff\xe1"
_START_OF_SCAN = 0xDA
_HEADER = b"Exif\x00\x00"
_MOST = 0xFFFF - 2


def exif_block(taken: datetime, at: tuple[float, float] | None, model: str, orientation: int = 1) -> bytes:
    """Returns an EXIF block, beginning with `Exif\\0\\0`.

    Args:
        taken: Local time with its offset.
        at: Latitude and longitude in degrees, if known.
        model: The name of the camera.
        orientation: 1…8, as EXIF counts.
    """
    exif = Image.Exif()
    exif[Base.Make], exif[Base.Model], exif[Base.Orientation] = MAKE, model, orientation
    local, offset = f"{taken:%Y:%m:%d %H:%M:%S}", taken.isoformat()[-6:]
    exif[Base.DateTime] = local
    exif.get_ifd(IFD.Exif).update(
        {
            Base.DateTimeOriginal: local,
            Base.DateTimeDigitized: local,
            Base.OffsetTime: offset,
            Base.OffsetTimeOriginal: offset,
            Base.OffsetTimeDigitized: offset,
        }
    )
    if at is not None:
        exif.get_ifd(IFD.GPSInfo).update(_gps(*at))
    return exif.tobytes()


def _gps(latitude: float, longitude: float) -> dict[int, object]:
    return {
        GPS.GPSVersionID: b"\x02\x03\x00\x00",
        GPS.GPSLatitudeRef: "N" if latitude >= 0 else "S",
        GPS.GPSLatitude: _sexagesimal(latitude),
        GPS.GPSLongitudeRef: "E" if longitude >= 0 else "W",
        GPS.GPSLongitude: _sexagesimal(longitude),
    }


def _sexagesimal(degrees: float) -> tuple[IFDRational, IFDRational, IFDRational]:
    """Degrees, minutes and seconds, to a hundredth of a second of arc (0.3 m)."""
    hundredths = round(abs(degrees) * 360_000)
    seconds = Fraction(hundredths % 6_000, 100)
    return (
        IFDRational(hundredths // 360_000),
        IFDRational(hundredths // 6_000 % 60),
        IFDRational(seconds.numerator, seconds.denominator),
    )


def replace_exif(jpeg: bytes, exif: bytes) -> bytes:
    """Returns the JPEG with this EXIF block instead of its own; the picture is not decoded.

    Args:
        jpeg: A whole file.
        exif: From `exif_block`.

    Raises:
        ValueError: It is no JPEG, is cut off in its header, or the block is larger than a segment.
    """
    if not jpeg.startswith(_SOI) or len(exif) > _MOST:
        raise ValueError("only a JPEG can take EXIF, and at most 65,533 bytes of it")
    segment = _APP1 + (len(exif) + 2).to_bytes(2) + exif
    return _SOI + segment + b"".join(_without_exif(jpeg))


def _without_exif(jpeg: bytes) -> list[bytes]:
    """The segments after the start of the image, less EXIF, then the scans as they are."""
    kept: list[bytes] = []
    at = len(_SOI)
    while at + 4 <= len(jpeg) and jpeg[at] == 0xFF:
        if jpeg[at + 1] == _START_OF_SCAN:
            return [*kept, jpeg[at:]]
        end = at + 2 + int.from_bytes(jpeg[at + 2 : at + 4])
        if not jpeg[at:].startswith(_APP1) or jpeg[at + 4 : at + 10] != _HEADER:
            kept.append(jpeg[at:end])
        at = end
    raise ValueError("the JPEG is cut off before its picture begins")
