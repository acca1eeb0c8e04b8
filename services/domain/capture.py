"""What a file says of its making, before anyone judges it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from services.domain.media import Camera, Coordinates


@dataclass(frozen=True)
class MediaFacts:
    """Everything that parsers found in one file; absent facts are None, empty or 0."""

    width: int = 0
    """Pixels, upright."""
    height: int = 0
    orientation: int = 1
    duration: float = 0.0
    """Seconds."""
    camera: Camera = Camera()
    software: str = ""
    local_time: datetime | None = None
    """EXIF or XMP date of the original, naive, as the camera's clock showed it."""
    utc_offset: timedelta | None = None
    """The offset recorded beside it."""
    gps_time: datetime | None = None
    """UTC, aware."""
    container_time: datetime | None = None
    """Creation time of the container: aware where it says a zone, naive where not."""
    coordinates: Coordinates | None = None
    perceptual_hash: int | None = None
    content_id: str = ""
    """Apple's identifier that joins the halves of a Live Photo."""
    motion_photo: bool = False
    user_comment: str = ""
