"""What a photo file says of its making."""

from __future__ import annotations

import importlib
import io
import struct
import warnings
from datetime import datetime
from functools import cache
from pathlib import Path

import numpy as np
import pillow_heif
from PIL import ExifTags, Image, ImageFile, IptcImagePlugin, UnidentifiedImageError, features

from services.adapters.media_files import live_photo
from services.adapters.media_files.exif import Exif
from services.adapters.media_files.maker_time import maker_time
from services.adapters.media_files.perceptual_hash import SIDE, dct_hash, upright
from services.adapters.media_files.recorded_time import RecordedTime, parse_time
from services.adapters.media_files.xmp import Xmp
from services.domain.capture import MediaFacts
from services.domain.errors import UnreadableMedia
from services.domain.media_types import MAX_PIXELS

_TURNED = frozenset({5, 6, 7, 8})
"""Orientations whose rows are the upright picture's columns."""
_DRAFT = 4 * SIDE
"""Pixels: decoding no smaller than this keeps the hash stable."""
_ASPECT_TOLERANCE = 0.02
_HEAD, _TAIL = 128 << 10, 64 << 10
_IPTC_DATE, _IPTC_TIME = (2, 55), (2, 60)
_THUMBNAIL_START, _THUMBNAIL_SIZE = 0x0201, 0x0202
_XMP_KEYS = ("xmp", "XML:com.adobe.xmp", "Raw profile type xmp")
_MALFORMED = (
    *(ArithmeticError, AssertionError, EOFError, LookupError, OSError, RuntimeError),
    *(SyntaxError, TypeError, ValueError, struct.error, Image.DecompressionBombError),
)
"""What Pillow and its plugins raise over malformed files."""


def photo_facts(path: Path, *, location: bool) -> MediaFacts:
    """Read a photo's facts, coordinates only if `location`; raise UnreadableMedia with the reason.

    Decodes as little as tells whether the picture is whole and what it looks like.
    """
    _register_openers()
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS // 2  # Pillow refuses twice this
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Pillow warns of every oddity that is read around here
        try:
            with Image.open(path) as image:
                return _read(path, image, location=location)
        except UnidentifiedImageError as error:
            raise UnreadableMedia("the file is not a picture that we can read") from error
        except Image.DecompressionBombError as error:
            raise UnreadableMedia("the picture declares more pixels than we decode") from error
        except _MALFORMED as error:
            raise UnreadableMedia(_plain_reason(error)) from error


@cache
def _register_openers() -> None:
    pillow_heif.register_heif_opener()
    if not features.check("avif"):  # pillow-simd leaves it to a plug-in
        importlib.import_module("pillow_avif")


def _read(path: Path, image: ImageFile.ImageFile, *, location: bool) -> MediaFacts:
    try:
        exif = Exif(image.getexif())
    except _MALFORMED:
        exif = Exif(Image.Exif())
    xmp = Xmp(_xmp_packet(image))
    # libheif turns the picture itself and leaves the original value only as information
    turned_already = image.format == "HEIF"
    orientation = image.info.get("original_orientation") if turned_already else None
    turned = exif.orientation in _TURNED and not turned_already
    width, height = image.size[::-1] if turned else image.size
    if width * height > MAX_PIXELS:
        raise Image.DecompressionBombError
    own = maker_time(exif.maker_note, [segment for _, segment in getattr(image, "applist", ())])
    original = exif.original_time or xmp.original_time or own or exif.digitized_time
    return MediaFacts(
        width=width,
        height=height,
        orientation=orientation or exif.orientation,
        camera=exif.camera,
        software=exif.software,
        local_time=original.local if original else None,
        utc_offset=original.offset if original else None,
        gps_time=exif.gps_time or xmp.gps_time,
        container_time=_container_time(image, exif, xmp),
        coordinates=(exif.coordinates or xmp.coordinates) if location else None,
        perceptual_hash=_hash(path, image, 1 if turned_already else exif.orientation),
        content_id=live_photo.content_identifier(exif.maker_note),
        motion_photo=xmp.motion_photo or live_photo.has_samsung_trailer(path),
        user_comment=exif.user_comment,
    )


def _xmp_packet(image: Image.Image) -> bytes:
    for key in _XMP_KEYS:
        packet = image.info.get(key)
        if packet:
            return packet.encode("utf-8", "surrogatepass") if isinstance(packet, str) else bytes(packet)
    return b""


def _container_time(image: ImageFile.ImageFile, exif: Exif, xmp: Xmp) -> datetime | None:
    """Return the best of the dates that need not be the picture's own."""
    times = (_iptc_time(image), xmp.creation_time, _png_time(image), exif.modified_time)
    return next((time.at for time in times if time is not None), None)


def _iptc_time(image: ImageFile.ImageFile) -> RecordedTime | None:
    """DateCreated and TimeCreated, as in 20090909 and 170000+0000."""
    try:
        records = IptcImagePlugin.getiptcinfo(image) or {}
    except _MALFORMED:
        return None
    day, clock = (_iptc_text(records.get(key)) for key in (_IPTC_DATE, _IPTC_TIME))
    if len(day) != 8:
        return None
    text = f"{day[:4]}-{day[4:6]}-{day[6:]}"
    if len(clock) >= 6:
        text += f"T{clock[:2]}:{clock[2:4]}:{clock[4:6]}{clock[6:]}"
    return parse_time(text)


def _iptc_text(value: object) -> str:
    return value.decode("ascii", "ignore").strip("\0 ") if isinstance(value, bytes) else ""


def _png_time(image: Image.Image) -> RecordedTime | None:
    text = image.info.get("Creation Time")
    return parse_time(text) if isinstance(text, str) else None


def _hash(path: Path, image: Image.Image, orientation: int) -> int | None:
    """Hash the embedded thumbnail where it can stand for the picture, else the picture itself."""
    small = _thumbnail(image) if image.format in ("JPEG", "MPO") and _is_whole(path, image) else None
    if small is None:
        image.draft("L" if image.format == "JPEG" else "RGB", (_DRAFT, _DRAFT))
        small = image
    gray = small.convert("L").resize((SIDE, SIDE), Image.Resampling.BOX)
    return dct_hash(upright(np.asarray(gray), orientation))


def _thumbnail(image: Image.Image) -> Image.Image | None:
    """Return the EXIF thumbnail; None where there is none or it shows another frame."""
    block = image.info.get("exif", b"").removeprefix(b"Exif\0\0")
    try:
        tags = image.getexif().get_ifd(ExifTags.IFD.IFD1)
        start, size = int(tags[_THUMBNAIL_START]), int(tags[_THUMBNAIL_SIZE])
        thumbnail = Image.open(io.BytesIO(block[start : start + size]), formats=["JPEG"])
        thumbnail.load()
    except _MALFORMED:
        return None
    ratio = thumbnail.width * image.height / (thumbnail.height * image.width)
    agrees = abs(ratio - 1) <= _ASPECT_TOLERANCE and min(thumbnail.size) >= SIDE
    return thumbnail if agrees else None


def _is_whole(path: Path, image: Image.Image) -> bool:
    """Tell whether a JPEG has its end: one that is cut off must not pass for its thumbnail.

    The thumbnail has an end of its own, which does not count.
    """
    exif = image.info.get("exif", b"")
    with path.open("rb") as file:
        behind = file.read(_HEAD).find(exif) + len(exif)
        file.seek(max(behind, path.stat().st_size - _TAIL))
        return b"\xff\xd9" in file.read()


def _plain_reason(error: Exception) -> str:
    cut_off = isinstance(error, EOFError) or "truncated" in str(error).lower()
    return "the picture is cut off" if cut_off else "the picture is damaged"
