"""The kinds of file that Storyroll reads, and how to tell them by their first bytes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from services.domain import header_size
from services.domain.errors import UnsupportedMediaType
from services.domain.media import MediaKind

SNIFFED_BYTES = 256
"""How many first bytes `sniff` looks at."""
MAX_PIXELS = 200_000_000
"""Pictures that promise more are refused before anybody decodes them."""
MAX_DURATION = 4 * 3600.0
"""Seconds; longer videos are refused."""


@dataclass(frozen=True, slots=True)
class MediaType:
    """One type of file: its registered name, what it holds and how such files are called."""

    mime: str
    kind: MediaKind
    extensions: tuple[str, ...]
    """Lower case, with the dot; the usual one first."""
    aliases: tuple[str, ...] = ()
    """Other names that clients send for the same type."""


JPEG = MediaType(
    "image/jpeg", MediaKind.PHOTO, (".jpg", ".jpeg", ".jpe", ".mpo"), ("image/jpg", "image/pjpeg")
)
PNG = MediaType("image/png", MediaKind.PHOTO, (".png", ".apng"), ("image/apng", "image/x-png"))
WEBP = MediaType("image/webp", MediaKind.PHOTO, (".webp",))
GIF = MediaType("image/gif", MediaKind.PHOTO, (".gif",))
TIFF = MediaType("image/tiff", MediaKind.PHOTO, (".tif", ".tiff"))
BMP = MediaType("image/bmp", MediaKind.PHOTO, (".bmp",), ("image/x-ms-bmp",))
HEIC = MediaType(
    "image/heic",
    MediaKind.PHOTO,
    (".heic", ".heif", ".hif"),
    ("image/heif", "image/heic-sequence", "image/heif-sequence"),
)
AVIF = MediaType("image/avif", MediaKind.PHOTO, (".avif",), ("image/avif-sequence",))
MP4 = MediaType("video/mp4", MediaKind.VIDEO, (".mp4", ".m4v"), ("video/x-m4v",))
QUICKTIME = MediaType("video/quicktime", MediaKind.VIDEO, (".mov", ".qt"))
THREE_GPP = MediaType("video/3gpp", MediaKind.VIDEO, (".3gp", ".3g2"), ("video/3gpp2",))
MATROSKA = MediaType("video/x-matroska", MediaKind.VIDEO, (".mkv",), ("video/matroska",))
WEBM = MediaType("video/webm", MediaKind.VIDEO, (".webm",))
AVI = MediaType("video/x-msvideo", MediaKind.VIDEO, (".avi",), ("video/avi", "video/msvideo"))
MPEG = MediaType("video/mpeg", MediaKind.VIDEO, (".mpg", ".mpeg"))
MPEG_TS = MediaType("video/mp2t", MediaKind.VIDEO, (".mts", ".m2ts", ".ts"))

SUPPORTED: tuple[MediaType, ...] = (
    *(JPEG, PNG, WEBP, GIF, TIFF, BMP, HEIC, AVIF),
    *(MP4, QUICKTIME, THREE_GPP, MATROSKA, WEBM, AVI, MPEG, MPEG_TS),
)

_BY_NAME: Mapping[str, MediaType] = MappingProxyType(
    {name: type_ for type_ in SUPPORTED for name in (type_.mime, *type_.aliases)}
)
_BY_EXTENSION: Mapping[str, MediaType] = MappingProxyType(
    {extension: type_ for type_ in SUPPORTED for extension in type_.extensions}
)

_MAGIC: tuple[tuple[int, bytes, MediaType], ...] = (
    (0, b"\xff\xd8\xff", JPEG),
    (0, b"\x89PNG\r\n\x1a\n", PNG),
    (0, b"GIF87a", GIF),
    (0, b"GIF89a", GIF),
    (0, b"II*\x00", TIFF),
    (0, b"MM\x00*", TIFF),
    (0, b"\x00\x00\x01\xba", MPEG),
    (0, b"\x00\x00\x01\xb3", MPEG),
)
"""(offset, bytes, type) of the formats that one look can tell."""

_AVIF_BRANDS = frozenset({b"avif", b"avis"})
_HEIF_BRANDS = frozenset({b"heic", b"heix", b"hevc", b"hevx", b"heim", b"heis", b"mif1", b"msf1"})
_QUICKTIME_ATOMS = frozenset({b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"})


def by_name(mime: str) -> MediaType:
    """Return the type of this name (parameters and case are ignored); raise UnsupportedMediaType."""
    found = _BY_NAME.get(mime.partition(";")[0].strip().lower())
    if found is None:
        raise UnsupportedMediaType(mime, [type_.mime for type_ in SUPPORTED])
    return found


def by_extension(filename: str) -> MediaType | None:
    """Return the type that files named so usually are; None where the name says nothing."""
    stem, dot, extension = filename.lower().rpartition(".")
    return _BY_EXTENSION.get(dot + extension) if stem else None


def sniff(head: bytes) -> MediaType | None:
    """Tell a file's type by its first bytes (`SNIFFED_BYTES` suffice); None for any other."""
    for offset, magic, type_ in _MAGIC:
        if head.startswith(magic, offset):
            return type_
    if head[4:8] == b"ftyp":
        return _by_brand(head)
    if head[4:8] in _QUICKTIME_ATOMS:
        return QUICKTIME
    return _sniff_framed(head)


def declared_size(head: bytes, media_type: MediaType) -> tuple[int, int] | None:
    """Return the (width, height) in pixels that a picture's first bytes promise, as stored.

    The more bytes the better (64 KiB finds nearly all); None where they do not tell. The answer is a
    claim to hold against `MAX_PIXELS`, not a fact: it is read without decoding, from bytes of any kind.
    """
    return header_size.read(head, media_type.mime)


def _by_brand(head: bytes) -> MediaType:
    """Tell the ISO base media files apart by their major brand and those that they are compatible with."""
    major = head[8:12]
    if major == b"qt  ":
        return QUICKTIME
    if major.startswith(b"3g"):
        return THREE_GPP
    end = min(int.from_bytes(head[:4]), len(head))
    brands = {major, *(head[at : at + 4] for at in range(16, end - 3, 4))}
    if brands & _AVIF_BRANDS:
        return AVIF
    return HEIC if brands & _HEIF_BRANDS else MP4


def _sniff_framed(head: bytes) -> MediaType | None:
    """Tell the formats whose mark does not stand at one fixed place, or is too short alone."""
    if head[:4] == b"RIFF":
        return {b"WEBP": WEBP, b"AVI ": AVI}.get(head[8:12])
    if head[:4] == b"\x1a\x45\xdf\xa3":
        return WEBM if b"webm" in head[:SNIFFED_BYTES] else MATROSKA
    if head[:2] == b"BM" and head[6:10] == bytes(4):
        return BMP
    for start in (0, 4):  # transport packets of 188 bytes, camcorders put a time stamp before each
        period = 188 + start
        if head[start : start + 1] == head[start + period : start + period + 1] == b"\x47":
            return MPEG_TS
    return None
