"""A photo or video as its owner knows it: the original, when and where it was taken."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class MediaKind(StrEnum):
    """What an asset is."""

    PHOTO = "photo"
    VIDEO = "video"


class CaptureTimeSource(StrEnum):
    """Where a capture time came from, best first."""

    EXIF_OFFSET = "exif_offset"
    """EXIF or XMP local time with the UTC offset beside it, written or measured by the GPS time."""
    EXIF_PLACE = "exif_place"
    """EXIF local time; the offset is that of the time zone at the place."""
    EXIF = "exif"
    """EXIF local time; the offset is the owner's default, for none was recorded."""
    GPS = "gps"
    """The GPS receiver's UTC time."""
    CONTAINER = "container"
    """The creation time of a video container, or of a PNG or IPTC record."""
    FILE_NAME = "file_name"
    HINT = "hint"
    """What the uploading client said, usually the file's modification time."""
    UPLOAD = "upload"
    """Nothing else was plausible: the time of the upload."""


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A point on Earth in WGS 84 degrees: latitude −90…90, longitude −180…180."""

    latitude: float
    longitude: float


@dataclass(frozen=True, slots=True)
class Place:
    """The named place of a point."""

    city: str
    country: str
    country_code: str
    """ISO 3166-1 alpha-2, upper case."""
    region: str = ""
    time_zone: str = ""
    """IANA name, for example Europe/Lisbon."""

    @property
    def key(self) -> str:
        """The text by which assets of this place are found, for example PT/Lisbon."""
        return f"{self.country_code}/{self.city}"


@dataclass(frozen=True, slots=True)
class Camera:
    """The device that took a picture, as it names itself."""

    make: str = ""
    model: str = ""


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in fractions (0…1) of the upright picture's width and height."""

    left: float
    top: float
    right: float
    bottom: float

    @property
    def width(self) -> float:
        """Width as a fraction of the picture's."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """Height as a fraction of the picture's."""
        return self.bottom - self.top

    @property
    def center(self) -> tuple[float, float]:
        """The middle point (x, y)."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


@dataclass(frozen=True, slots=True)
class CaptureTime:
    """When a picture was taken, with the offset of the place, and how we know."""

    at: datetime
    """Time-zone aware; its offset is the local one."""
    source: CaptureTimeSource
