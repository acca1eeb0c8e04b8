"""Converters between the domain and storyroll.media.v1, the messages that several services share.

`…_to_pb` and `…_from_pb` are inverse where both exist. Enums match by name: a value that one side lacks is
a KeyError or ValueError here, in the tests, and never a silent UNSPECIFIED.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

from google.protobuf.timestamp_pb2 import Timestamp
from storyroll.media.v1 import media_pb2

from services.domain.errors import InvalidArgument
from services.domain.facets import Appearances, Content, Description, Face, Faces, Location, Original, Tag
from services.domain.identity import PersonId
from services.domain.media import Box, Camera, CaptureTimeSource, Coordinates, MediaKind, Place
from services.domain.records import AssetState, Record


def timestamp_to_pb(time: datetime) -> Timestamp:
    """Convert an aware time to an instant."""
    message = Timestamp()
    message.FromDatetime(time.astimezone(UTC))
    return message


def timestamp_from_pb(message: Timestamp) -> datetime:
    """Convert an instant to UTC; raise InvalidArgument for one beyond the years 1 to 9999."""
    try:
        return message.ToDatetime(UTC)
    except (ValueError, OverflowError):
        raise InvalidArgument("a timestamp lies outside the years 1 to 9999") from None


def local_time_to_pb(time: datetime) -> media_pb2.LocalTime:
    """Convert an aware time, keeping its offset."""
    offset = time.utcoffset() or timedelta()
    return media_pb2.LocalTime(time=timestamp_to_pb(time), utc_offset_seconds=round(offset.total_seconds()))


def local_time_from_pb(message: media_pb2.LocalTime) -> datetime:
    """Convert an instant and its offset to an aware time in that offset."""
    zone = timezone(timedelta(seconds=message.utc_offset_seconds))
    return timestamp_from_pb(message.time).astimezone(zone)


def date_to_pb(day: date) -> media_pb2.Date:
    """Convert a calendar date."""
    return media_pb2.Date(year=day.year, month=day.month, day=day.day)


def date_from_pb(message: media_pb2.Date) -> date:
    """Convert a calendar date; raise InvalidArgument for one that is none."""
    try:
        return date(message.year, message.month, message.day)
    except ValueError:
        raise InvalidArgument(
            f"{message.year:04}-{message.month:02}-{message.day:02} is not a date"
        ) from None


def coordinates_to_pb(point: Coordinates) -> media_pb2.Coordinates:
    """Convert a point on Earth."""
    return media_pb2.Coordinates(latitude=point.latitude, longitude=point.longitude)


def coordinates_from_pb(message: media_pb2.Coordinates) -> Coordinates:
    """Convert a point on Earth."""
    return Coordinates(message.latitude, message.longitude)


def place_to_pb(place: Place) -> media_pb2.Place:
    """Convert a named place."""
    return media_pb2.Place(
        city=place.city,
        country=place.country,
        country_code=place.country_code,
        region=place.region,
        time_zone=place.time_zone,
    )


def place_from_pb(message: media_pb2.Place) -> Place:
    """Convert a named place."""
    return Place(message.city, message.country, message.country_code, message.region, message.time_zone)


def box_to_pb(box: Box) -> media_pb2.Box:
    """Convert a rectangle in fractions of the picture."""
    return media_pb2.Box(left=box.left, top=box.top, right=box.right, bottom=box.bottom)


def box_from_pb(message: media_pb2.Box) -> Box:
    """Convert a rectangle in fractions of the picture."""
    return Box(message.left, message.top, message.right, message.bottom)


def face_to_pb(face: Face, person: PersonId | None = None) -> media_pb2.Face:
    """Convert a face and whose it is."""
    return media_pb2.Face(
        box=box_to_pb(face.box),
        score=face.score,
        person_id=person or "",
        quality=face.quality,
        smile=face.smile,
        eyes_open=face.eyes_open,
    )


def tag_to_pb(tag: Tag) -> media_pb2.Tag:
    """Convert a word and its score."""
    return media_pb2.Tag(label=tag.label, score=tag.score)


def kind_to_pb(kind: MediaKind) -> media_pb2.MediaKind.ValueType:
    """Convert the kind of an asset."""
    return media_pb2.MediaKind.Value(f"MEDIA_KIND_{kind.name}")


def capture_time_source_to_pb(source: CaptureTimeSource) -> media_pb2.CaptureTimeSource.ValueType:
    """Convert where a capture time came from."""
    return media_pb2.CaptureTimeSource.Value(f"CAPTURE_TIME_SOURCE_{source.name}")


def asset_state_to_pb(state: AssetState) -> media_pb2.AssetState.ValueType:
    """Convert how far an asset has come."""
    return media_pb2.AssetState.Value(f"ASSET_STATE_{state.name}")


def asset_to_pb(record: Record) -> media_pb2.Asset:
    """Convert a record of kind ASSET; what is unknown or not consented to stays unset."""
    message = media_pb2.Asset(id=record.id, state=asset_state_to_pb(AssetState(record.state)))
    if original := record.get(Original):
        _add_original(message, original)
    if description := record.get(Description):
        _add_description(message, description)
    if location := record.get(Location):
        _add_location(message, location)
    if content := record.get(Content):
        _add_content(message, content)
    _add_faces(message, record.get(Faces), record.get(Appearances))
    return message


def _add_original(message: media_pb2.Asset, original: Original) -> None:
    message.path = original.path
    message.kind = kind_to_pb(original.kind)
    message.media_type = original.media_type
    message.size = original.size
    message.readable = True


def _add_description(message: media_pb2.Asset, known: Description) -> None:
    message.capture_time.CopyFrom(local_time_to_pb(known.capture_time))
    message.capture_time_source = capture_time_source_to_pb(known.capture_time_source)
    message.orientation = known.orientation
    message.width = known.width
    message.height = known.height
    message.duration = known.duration
    message.camera = camera_name(known.camera)
    message.duplicate_of = known.duplicate_of or ""
    message.burst = known.burst
    message.pair_id = known.pair or ""
    message.screenshot = known.screenshot
    message.readable = known.readable
    message.reason = known.reason


def _add_location(message: media_pb2.Asset, location: Location) -> None:
    message.coordinates.CopyFrom(coordinates_to_pb(location.coordinates))
    if location.place:
        message.place.CopyFrom(place_to_pb(location.place))


def _add_content(message: media_pb2.Asset, content: Content) -> None:
    message.tags.extend(tag_to_pb(tag) for tag in content.tags)
    message.themes.extend(tag_to_pb(theme) for theme in content.themes)
    message.quality = content.quality
    message.sensitive = content.sensitive


def _add_faces(message: media_pb2.Asset, faces: Faces | None, known: Appearances | None) -> None:
    if faces is None:
        return
    people = known.people if known and len(known.people) == len(faces.faces) else (None,) * len(faces.faces)
    message.faces.extend(face_to_pb(face, person) for face, person in zip(faces.faces, people, strict=True))


def camera_name(camera: Camera) -> str:
    """Return make and model as one name, without saying the make twice."""
    make, model = camera.make.strip(), camera.model.strip()
    if make and model.lower().startswith(make.split()[0].lower()):
        return model
    return f"{make} {model}".strip()
