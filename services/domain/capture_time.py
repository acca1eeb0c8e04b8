"""When a picture was taken: the best of what its file, its name and its sender say.

Cameras forget the time when their battery dies, programs write blanks, and phones guess. Each source
is tried in the order of `CaptureTimeSource`; one whose clock is implausible is passed over for the next.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from services.domain import filename_time
from services.domain.capture import MediaFacts
from services.domain.media import Camera, CaptureTime, CaptureTimeSource

_FIRST_PHOTOGRAPH = 1826
_FIRST_DIGITAL_CAMERA = 1990
"""A file that names a digital camera cannot be older; a scan of a print can."""
_EPOCHS = frozenset({date(1904, 1, 1), date(1970, 1, 1), date(1980, 1, 1), date(1980, 1, 6)})
"""Days on which clocks start that were never set."""
_RESET = datetime(2000, 1, 1)
"""Where cameras of the 2000s start: a real picture of that very second is less likely."""
_CLOCK_SKEW = timedelta(days=1)
"""How far after its upload a picture may say it was taken: a wrong zone, a clock set ahead."""
_OFFSET_STEP = timedelta(minutes=15)
"""All UTC offsets in use are multiples of this."""
_GPS_DRIFT = timedelta(minutes=4)
"""How far camera and satellite may differ for the offset between them to be believed."""
_EXIF_SOURCES = frozenset(
    {CaptureTimeSource.EXIF_OFFSET, CaptureTimeSource.EXIF_PLACE, CaptureTimeSource.EXIF}
)
_WEST, _EAST = timedelta(hours=-12), timedelta(hours=14)


def resolve(
    facts: MediaFacts,
    filename: str,
    hint: datetime | None,
    *,
    uploaded_at: datetime,
    time_zone: str | None,
    default_zone: str,
) -> CaptureTime:
    """Return the most trustworthy plausible capture time, in the local time of the place.

    Args:
        facts: What the file says.
        filename: As the owner's device calls it.
        hint: What the client says, aware; usually the file's modification time.
        uploaded_at: Aware; nothing can be taken much later.
        time_zone: IANA zone of the place; None where the place is unknown or not consented to.
        default_zone: IANA zone of the owner, for times of unknown place.
    """
    clocks = _Clocks(_zone(time_zone), _zone(default_zone) or UTC)
    for candidate in _candidates(facts, filename, hint, clocks):
        if _plausible(candidate, facts.camera, uploaded_at):
            return candidate
    return CaptureTime(clocks.localize(uploaded_at), CaptureTimeSource.UPLOAD)


@dataclass(frozen=True)
class _Clocks:
    """The time zones of the place, if known, and of the owner."""

    place: tzinfo | None
    owner: tzinfo

    def localize(self, time: datetime) -> datetime:
        """Read a naive time as local; move an aware UTC time here; keep any other offset as given."""
        zone = self.place or self.owner
        if time.tzinfo is None:
            return _fixed(time.replace(tzinfo=zone))
        return _fixed(time if time.utcoffset() else time.astimezone(zone))


def _candidates(
    facts: MediaFacts, filename: str, hint: datetime | None, clocks: _Clocks
) -> Iterator[CaptureTime]:
    """Yield what each source says, best first; a time at the edge of the calendar is left out."""
    if facts.local_time is not None and 1 < facts.local_time.year < 9999:
        yield _from_exif(facts, facts.local_time, clocks)
    others = (
        (facts.gps_time, CaptureTimeSource.GPS),
        (facts.container_time, CaptureTimeSource.CONTAINER),
        (filename_time.read(filename), CaptureTimeSource.FILE_NAME),
        (hint, CaptureTimeSource.HINT),
    )
    for time, source in others:
        if time is not None and 1 < time.year < 9999:
            yield CaptureTime(clocks.localize(time), source)


def _from_exif(facts: MediaFacts, local: datetime, clocks: _Clocks) -> CaptureTime:
    """Give the camera's local time its offset: recorded, of the place, by GPS time, of the owner."""
    if facts.utc_offset is not None:
        at = local.replace(tzinfo=timezone(facts.utc_offset))
        return CaptureTime(at, CaptureTimeSource.EXIF_OFFSET)
    if clocks.place is not None:
        return CaptureTime(_fixed(local.replace(tzinfo=clocks.place)), CaptureTimeSource.EXIF_PLACE)
    measured = _measured_offset(local, facts.gps_time)
    if measured is not None:
        return CaptureTime(local.replace(tzinfo=timezone(measured)), CaptureTimeSource.EXIF_OFFSET)
    return CaptureTime(_fixed(local.replace(tzinfo=clocks.owner)), CaptureTimeSource.EXIF)


def _measured_offset(local: datetime, gps_time: datetime | None) -> timedelta | None:
    """Return how far the camera's clock is from the satellites', if that looks like a UTC offset.

    The position may be an old fix, whose time says nothing: only a difference close to a whole
    quarter of an hour counts.
    """
    if gps_time is None:
        return None
    difference = local.replace(tzinfo=UTC) - gps_time
    offset = _OFFSET_STEP * round(difference / _OFFSET_STEP)
    if abs(difference - offset) > _GPS_DRIFT or not _WEST <= offset <= _EAST:
        return None
    return offset


def _plausible(candidate: CaptureTime, camera: Camera, uploaded_at: datetime) -> bool:
    """Tell whether a working clock, or the owner of an old print, could have said this."""
    local = candidate.at.replace(tzinfo=None)
    scanned = candidate.source in _EXIF_SOURCES and not (camera.make or camera.model)
    earliest = _FIRST_PHOTOGRAPH if scanned else _FIRST_DIGITAL_CAMERA
    return (
        local.year >= earliest
        and local.date() not in _EPOCHS
        and local != _RESET
        and candidate.at <= uploaded_at + _CLOCK_SKEW
    )


def _zone(name: str | None) -> tzinfo | None:
    if not name:
        return None
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return None


def _fixed(time: datetime) -> datetime:
    """Replace a rule-bound zone by the offset that it has at this time."""
    return time.replace(tzinfo=timezone(time.utcoffset() or timedelta()))
