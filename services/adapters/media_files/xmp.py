"""The properties of an XMP packet, read without trusting it."""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime
from xml.parsers import expat

from services.adapters.media_files.coordinate_text import parse_xmp_angle, point
from services.adapters.media_files.recorded_time import RecordedTime, parse_time
from services.domain.media import Coordinates

_EXIF = "http://ns.adobe.com/exif/1.0/"
_XMP = "http://ns.adobe.com/xap/1.0/"
_PHOTOSHOP = "http://ns.adobe.com/photoshop/1.0/"
_CAMERA = "http://ns.google.com/photos/1.0/camera/"
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"

_LARGEST = 4 << 20
"""Bytes: what is longer holds depth maps, not dates."""
_PACKET = re.compile(rb"<(?:x:xmpmeta|rdf:RDF)\b.*</(?:x:xmpmeta|rdf:RDF)\s*>", re.DOTALL)


class Xmp:
    """An XMP packet as a flat map from (namespace, name) to the first value that the packet gives it."""

    def __init__(self, packet: bytes) -> None:
        self._values: Mapping[tuple[str, str], str] = _parse(packet)

    @property
    def original_time(self) -> RecordedTime | None:
        """When the picture was taken."""
        return self._time((_EXIF, "DateTimeOriginal"), (_PHOTOSHOP, "DateCreated"))

    @property
    def creation_time(self) -> RecordedTime | None:
        """When the file was first made: by a camera for most, by a scanner or a program for some."""
        return self._time((_XMP, "CreateDate"), (_EXIF, "DateTimeDigitized"))

    @property
    def gps_time(self) -> datetime | None:
        """UTC, aware."""
        time = self._time((_EXIF, "GPSTimeStamp"), (_EXIF, "GPSDateTime"))
        if time is None:
            return None
        return time.local.replace(tzinfo=UTC) if time.offset is None else time.at.astimezone(UTC)

    @property
    def coordinates(self) -> Coordinates | None:
        """Where it was taken."""
        latitude = self._values.get((_EXIF, "GPSLatitude"), "")
        longitude = self._values.get((_EXIF, "GPSLongitude"), "")
        return point(parse_xmp_angle(latitude), parse_xmp_angle(longitude))

    @property
    def motion_photo(self) -> bool:
        """Whether a short video is attached to the picture."""
        names = ("MotionPhoto", "MicroVideo")
        return any(self._values.get((_CAMERA, name)) == "1" for name in names)

    def _time(self, *keys: tuple[str, str]) -> RecordedTime | None:
        found = (parse_time(self._values.get(key, "")) for key in keys)
        return next((time for time in found if time is not None), None)


def _parse(packet: bytes) -> Mapping[tuple[str, str], str]:
    """Collect attributes and texts; a broken packet gives what stands before the break."""
    collector = _Collector()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartElementHandler = collector.start
    parser.EndElementHandler = collector.end
    parser.CharacterDataHandler = collector.text
    # Without a document type there are no entities, so none can expand or fetch anything.
    parser.StartDoctypeDeclHandler = _refuse_doctype
    found = _PACKET.search(packet[:_LARGEST])
    with contextlib.suppress(expat.ExpatError, _DoctypeRefused, ValueError):
        parser.Parse(found[0] if found else packet[:_LARGEST], True)
    return collector.values


class _DoctypeRefused(Exception):
    pass


def _refuse_doctype(*_: object) -> None:
    raise _DoctypeRefused


class _Collector:
    """Expat's handlers: keeps the first value of each name."""

    def __init__(self) -> None:
        self.values: dict[tuple[str, str], str] = {}
        self._path: list[tuple[str, str]] = []

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._path.append(_split(name))
        for attribute, value in attributes.items():
            self.values.setdefault(_split(attribute), value.strip())

    def end(self, _: str) -> None:
        self._path.pop()

    def text(self, text: str) -> None:
        if not text.strip():
            return
        property_ = next((key for key in reversed(self._path) if key[0] != _RDF), None)
        if property_ is not None:
            self.values.setdefault(property_, text.strip())


def _split(name: str) -> tuple[str, str]:
    namespace, _, local = name.rpartition(" ")
    return namespace, local
