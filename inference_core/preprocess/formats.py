"""Which picture formats are read, how their bytes begin, and where they are decoded.

| format     | media types                        | decoder         | where              |
|------------|------------------------------------|-----------------|--------------------|
| JPEG       | image/jpeg                         | libjpeg-turbo   | here, on a thread  |
| PNG        | image/png                          | Pillow          | isolated           |
| WebP       | image/webp                         | libwebp         | isolated           |
| GIF        | image/gif                          | Pillow          | isolated           |
| TIFF       | image/tiff                         | libtiff         | isolated           |
| BMP        | image/bmp                          | Pillow          | isolated           |
| JPEG 2000  | image/jp2                          | OpenJPEG        | isolated           |
| HEIF       | image/heic, image/heif             | libheif, libde265 | isolated         |
| AVIF       | image/avif                         | libavif, dav1d  | isolated           |

A JPEG that only its odd structure makes expensive is decoded in isolation too: see `is_cheap_jpeg`.
"""

from __future__ import annotations

from dataclasses import dataclass

from inference_core.errors import UnreadableImage

_HEIF_BRANDS = (b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1")
_AVIF_BRANDS = (b"avif", b"avis")
_MAX_SCANS = 200
_MAX_PROGRESSIVE_PIXELS = 50_000_000
_PROGRESSIVE_FRAMES = frozenset({0xC2, 0xC6, 0xCA, 0xCE})
_FRAMES = frozenset(range(0xC0, 0xD0)) - {0xC4, 0xC8, 0xCC}


@dataclass(frozen=True, slots=True)
class Format:
    """A picture format.

    Attributes:
        name: For people.
        media_types: IANA media types, the usual one first.
        openers: Names of the Pillow plug-ins that may open it, and no others.
        signatures: (offset, bytes) pairs of which one must be found.
    """

    name: str
    media_types: tuple[str, ...]
    openers: tuple[str, ...]
    signatures: tuple[tuple[int, bytes], ...]

    def matches(self, data: bytes) -> bool:
        """Whether the bytes begin like this format."""
        return any(data.startswith(magic, at) for at, magic in self.signatures)


JPEG = Format("JPEG", ("image/jpeg",), ("JPEG",), ((0, b"\xff\xd8\xff"),))
FORMATS = (
    JPEG,
    Format("PNG", ("image/png",), ("PNG",), ((0, b"\x89PNG\r\n\x1a\n"),)),
    Format("WebP", ("image/webp",), ("WEBP",), ((8, b"WEBP"),)),
    Format("GIF", ("image/gif",), ("GIF",), ((0, b"GIF8"),)),
    Format("TIFF", ("image/tiff",), ("TIFF",), ((0, b"II*\0"), (0, b"MM\0*"), (0, b"II+\0"))),
    Format("BMP", ("image/bmp",), ("BMP",), ((0, b"BM"),)),
    Format(
        "JPEG 2000",
        ("image/jp2",),
        ("JPEG2000",),
        ((0, b"\xff\x4f\xff\x51"), (4, b"jP  \r\n\x87\n")),
    ),
    Format(
        "HEIF",
        ("image/heic", "image/heif"),
        ("HEIF", "AVIF"),
        tuple((4, b"ftyp" + brand) for brand in _HEIF_BRANDS),
    ),
    Format(
        "AVIF",
        ("image/avif",),
        ("AVIF",),
        tuple((4, b"ftyp" + brand) for brand in _AVIF_BRANDS),
    ),
)


def sniff(data: bytes) -> Format:
    """Return the format that the bytes begin like; a declared media type is not asked.

    Raises:
        UnreadableImage: No known format begins like this.
    """
    for known in FORMATS:
        if known.matches(data):
            return known
    raise UnreadableImage("empty file" if not data else "not a picture format that is read")


def is_cheap_jpeg(data: bytes) -> bool:
    """Whether the bytes are a JPEG that takes time and memory in proportion to what comes out.

    Every scan of a progressive JPEG visits the whole picture, and all of its coefficients are held
    until the last one, so a small file could keep a thread for minutes and half a gigabyte; the
    isolated pool has limits on both.
    """
    if not JPEG.matches(data) or data.count(b"\xff\xda") > _MAX_SCANS:
        return False
    frame = _jpeg_frame(data)
    return frame is None or frame[0] not in _PROGRESSIVE_FRAMES or frame[1] <= _MAX_PROGRESSIVE_PIXELS


def _jpeg_frame(data: bytes) -> tuple[int, int] | None:
    """Return the marker of the first frame header and its pixels; None where there is none."""
    position = 2
    while position + 9 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker in _FRAMES:
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            return marker, height * int.from_bytes(data[position + 7 : position + 9], "big")
        padding = marker == 0xFF
        position += 1 if padding else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return None
