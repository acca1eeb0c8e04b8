"""Which picture formats are read, how their bytes begin, and where they are decoded.

| format     | media types                        | decoder         | where              |
|------------|------------------------------------|-----------------|--------------------|
| JPEG       | image/jpeg                         | see below       | here, on a thread  |
| PNG        | image/png                          | Pillow          | isolated           |
| WebP       | image/webp                         | libwebp         | isolated           |
| GIF        | image/gif                          | Pillow          | isolated           |
| TIFF       | image/tiff                         | libtiff         | isolated           |
| BMP        | image/bmp                          | Pillow          | isolated           |
| JPEG 2000  | image/jp2                          | OpenJPEG        | isolated           |
| HEIF       | image/heic, image/heif             | libheif, libde265 | isolated         |
| AVIF       | image/avif                         | libavif, dav1d  | isolated           |

Among JPEGs, which are most of all photos:

| what the header says                               | decoder                                  |
|----------------------------------------------------|------------------------------------------|
| baseline or extended, 8 bits, grey or YCbCr, all   | our own, at the scale that is needed     |
| components in one scan, any sampling, restarts     | (`jpeg`)                                 |
| progressive                                        | libjpeg-turbo, without the scans that    |
|                                                    | cannot be seen (`jpeg.progressive`)      |
| RGB, CMYK, YCCK, 12 bits, arithmetic, one scan for | libjpeg-turbo                            |
| each component, a profile of more than 64 KiB      |                                          |
| STORYROLL_KERNELS=python, or not compiled          | libjpeg-turbo                            |

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
_SCAN = 0xDA
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
    isolated pool has limits on both. Where the first scan holds all there is, no other is read.
    """
    if not JPEG.matches(data):
        return False
    frame, scan_components = _jpeg_structure(data)
    if frame is not None and frame.sequential and frame.components == scan_components:
        return True
    cheap = frame is None or frame.sequential or frame.pixels <= _MAX_PROGRESSIVE_PIXELS
    return cheap and data.count(b"\xff\xda") <= _MAX_SCANS


@dataclass(frozen=True, slots=True)
class _Frame:
    """What the first frame header of a JPEG says."""

    sequential: bool
    pixels: int
    components: int


def _jpeg_structure(data: bytes) -> tuple[_Frame | None, int]:
    """Return the first frame, None where there is none, and how many components its first scan has."""
    position, frame = 2, None
    while position + 10 <= len(data) and data[position] == 0xFF:
        marker = data[position + 1]
        if marker == _SCAN:
            return frame, data[position + 4]
        if marker in _FRAMES and frame is None:
            height = int.from_bytes(data[position + 5 : position + 7], "big")
            pixels = height * int.from_bytes(data[position + 7 : position + 9], "big")
            frame = _Frame(marker not in _PROGRESSIVE_FRAMES, pixels, data[position + 9])
        padding = marker == 0xFF
        position += 1 if padding else 2 + int.from_bytes(data[position + 2 : position + 4], "big")
    return frame, 0
