"""Blanking coordinates in a file without changing anything else, not even its length.

An original whose owner did not grant LOCATION is stored without its coordinates. The file streams
through while it is sealed, so what is found here are patches: bytes to write over others of the same
number. Pictures and sound are not touched, nor is any offset that a container relies on.

What is blanked: GPS directories of EXIF (in the picture, in previews and in pictures and videos that
are appended to it), coordinates in XMP, and the location fields of MP4 and QuickTime. Not covered:
positions that action cameras record along a video as a track of its own, and those that thermal cameras
and drones keep in makers' own binary blocks.
"""

from __future__ import annotations

import itertools
import mmap
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

from inference_core.errors import UnreadableImage
from inference_core.isolation import IsolatedPool
from services.adapters.media_files.heif_items import metadata_extents
from services.adapters.media_files.iso_boxes import boxes
from services.adapters.redaction.exif import tiff_patches
from services.adapters.redaction.png import png_patches
from services.adapters.redaction.video import movie_patches
from services.adapters.redaction.xmp import xmp_patches
from services.domain.errors import UnreadableMedia
from services.domain.media_types import AVIF, HEIC, MP4, PNG, QUICKTIME, THREE_GPP, TIFF, WEBP, sniff
from services.domain.ports import Patch

Data = bytes | mmap.mmap

_EXIF_HEADER = re.compile(rb"Exif\0\0(?=II\*\0|MM\0\*)")
_MOVIE_TYPE = re.compile(rb"ftyp(?:mp4|iso|qt  |3gp|avc1)")
"""Begins with plain bytes, which a search skips to; with a look behind them, it took forty times as long."""
_MOVIE_SIZE = 4
"""Bytes before its type."""
_LONGEST_SEGMENT = 1 << 16
_MOST_EMBEDDED = 64
"""A picture carries a handful of previews and one video; more are somebody's joke."""
_MARKED = frozenset({b"EXIF", b"XMP "})


class IsolatedLocationStripper:
    """The LocationStripper port over a pool of isolated workers, which the caller opens and closes."""

    def __init__(self, pool: IsolatedPool) -> None:
        self._pool = pool

    async def find(self, path: Path) -> Sequence[Patch]:
        """Return the patches of `strip_location`.

        Raises UnreadableMedia where the search was cut short: coordinates may then be left.
        """
        try:
            return await self._pool.run(strip_location, path)
        except UnreadableImage as crash:
            raise UnreadableMedia(crash.reason) from crash


def strip_location(path: Path) -> list[Patch]:
    """Return the patches that blank every coordinate in a file, in the order of their offsets."""
    if path.stat().st_size == 0:
        return []
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return location_patches(data)


def location_patches(data: Data) -> list[Patch]:
    """Return the patches for the bytes of a whole file, of any type.

    Patches do not overlap. Damaged files give what can be found in them.
    """
    type_ = sniff(data[:256])
    reader = _READERS.get(type_.mime) if type_ else None
    found = dict((reader or _scan)(data))
    return _without_overlaps(sorted(found.items()))


def _without_overlaps(patches: list[Patch]) -> list[Patch]:
    """Cut the head off a patch that begins inside the one before: both blank the same bytes."""
    kept: list[Patch] = []
    covered = 0
    for start, blank in patches:
        tail = blank[max(0, covered - start) :]
        if tail:
            kept.append((max(start, covered), tail))
            covered = max(start, covered) + len(tail)
    return kept


def _scan(data: Data) -> Iterator[Patch]:
    """Find EXIF, XMP and movies wherever they stand: a JPEG can carry further files behind its end."""
    for at in itertools.islice(_EXIF_HEADER.finditer(data), _MOST_EMBEDDED):
        yield from tiff_patches(data, at.end(), min(at.end() + _LONGEST_SEGMENT, len(data)))
    yield from xmp_patches(data, 0, len(data))
    for at in itertools.islice(_MOVIE_TYPE.finditer(data, _MOVIE_SIZE), _MOST_EMBEDDED):
        yield from movie_patches(data, at.start() - _MOVIE_SIZE, len(data))


def _tiff(data: Data) -> Iterator[Patch]:
    yield from tiff_patches(data, 0, len(data))
    yield from xmp_patches(data, 0, len(data))


def _webp(data: Data) -> Iterator[Patch]:
    at = 12
    while at + 8 <= len(data):
        size = int.from_bytes(data[at + 4 : at + 8], "little")
        body, end = at + 8, min(at + 8 + size, len(data))
        if data[at : at + 4] in _MARKED:
            yield from _block(data, body, end)
        at = end + size % 2


def _heif(data: Data) -> Iterator[Patch]:
    for extent in metadata_extents(data, len(data)):
        yield from _block(data, extent.start, extent.end)
    for box in boxes(data, 0, len(data)):
        if box.type == b"mpvd":
            yield from movie_patches(data, box.body, box.end)
    yield from _scan(data)


def _movie(data: Data) -> Iterator[Patch]:
    yield from movie_patches(data, 0, len(data))


def _block(data: Data, start: int, end: int) -> Iterator[Patch]:
    """Blank a block that is either EXIF, with or without the headers that go before, or XMP."""
    for header in (0, 4, 6, 10):
        if data[start + header : start + header + 4] in (b"II*\0", b"MM\0*"):
            yield from tiff_patches(data, start + header, end)
            return
    yield from xmp_patches(data, start, end)


_READERS: Mapping[str, Callable[[Data], Iterator[Patch]]] = MappingProxyType(
    {
        TIFF.mime: _tiff,
        PNG.mime: png_patches,
        WEBP.mime: _webp,
        HEIC.mime: _heif,
        AVIF.mime: _heif,
        MP4.mime: _movie,
        QUICKTIME.mime: _movie,
        THREE_GPP.mime: _movie,
    }
)
