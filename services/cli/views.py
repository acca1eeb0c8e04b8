"""The JSON that commands print: documented in the README and stable; fields may be added, none changes.

Enums are their domain words in lower case, times RFC 3339 with the local offset, dates ISO 8601, boxes
[left, top, right, bottom] in fractions of the upright picture; what is unknown or not allowed is null.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Protocol

from storyroll.media.v1 import media_pb2
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2

from services.rpc.media_convert import date_from_pb, local_time_from_pb

View = dict[str, Any]


class WireEnum(Protocol):
    """An enum type that protoc generated."""

    def Name(self, number: Any) -> str:  # noqa: N802
        """Return the name of a value."""
        ...


def print_json(view: Any) -> None:
    """Print one JSON document."""
    print(json.dumps(view, ensure_ascii=False, indent=2))


def asset_view(asset: media_pb2.Asset) -> View:
    """Return an asset as JSON data."""
    located = asset.HasField("coordinates")
    return {
        "id": asset.id,
        "path": asset.path,
        "kind": word(media_pb2.MediaKind, asset.kind),
        "state": word(media_pb2.AssetState, asset.state),
        "capture_time": _time(asset, "capture_time"),
        "capture_time_source": word(media_pb2.CaptureTimeSource, asset.capture_time_source),
        "latitude": _degrees(asset.coordinates.latitude) if located else None,
        "longitude": _degrees(asset.coordinates.longitude) if located else None,
        "country": asset.place.country or None,
        "city": asset.place.city or None,
        "orientation": asset.orientation,
        "width": asset.width,
        "height": asset.height,
        "duration": asset.duration,
        "camera": asset.camera,
        "duplicate_of": asset.duplicate_of or None,
        "pair_id": asset.pair_id or None,
        "screenshot": asset.screenshot,
        "readable": asset.readable,
        "reason": asset.reason,
        "faces": [_face(face) for face in asset.faces],
        "tags": _tags(asset.tags),
        "themes": _tags(asset.themes),
        "quality": _score(asset.quality) if asset.HasField("quality") else None,
        "sensitive": _score(asset.sensitive) if asset.HasField("sensitive") else None,
    }


def event_view(event: metadata_pb2.Event) -> View:
    """Return an event as JSON data."""
    return {
        "id": event.id,
        "start": _time(event, "start"),
        "end": _time(event, "end"),
        "asset_ids": list(event.asset_ids),
        "place": _place(event.place) if event.HasField("place") else None,
        "trip_id": event.trip_id or None,
    }


def person_view(person: metadata_pb2.Person) -> View:
    """Return a person as JSON data."""
    return {
        "id": person.id,
        "name": person.name,
        "birthday": _date(person, "birthday"),
        "hidden": person.hidden,
        "faces": [{"asset_id": face.asset_id, "box": _box(face.box)} for face in person.faces],
        "you": person.you,
    }


def occasion_view(occasion: metadata_pb2.Occasion) -> View:
    """Return a declared occasion as JSON data."""
    return {
        "id": occasion.id,
        "kind": word(metadata_pb2.OccasionKind, occasion.kind),
        "day": _date(occasion, "day"),
        "person_ids": list(occasion.person_ids),
        "title": occasion.title,
    }


def story_view(story: suggestion_pb2.Story) -> View:
    """Return a story as JSON data."""
    return {
        "id": story.id,
        "kind": word(suggestion_pb2.StoryKind, story.kind),
        "form": word(suggestion_pb2.StoryForm, story.form),
        "state": word(suggestion_pb2.StoryState, story.state),
        "title": story.title,
        "subtitle": story.subtitle,
        "cover": story.cover,
        "asset_ids": [item.asset_id for item in story.media],
        "person_ids": list(story.person_ids),
        "score": _score(story.score),
        "evidence": list(story.evidence),
        "start": _time(story, "start"),
        "end": _time(story, "end"),
        "due": _date(story, "due"),
        "expires": _date(story, "expires"),
    }


def word(enum: WireEnum, value: int) -> str | None:
    """Return an enum's value as the domain's word for it: MEDIA_KIND_PHOTO as photo; None if unspecified."""
    if value == 0:
        return None
    prefix = enum.Name(0).removesuffix("UNSPECIFIED")
    return enum.Name(value).removeprefix(prefix).lower()


def _face(face: media_pb2.Face) -> Mapping[str, Any]:
    return {"box": _box(face.box), "person_id": face.person_id or None, "score": _score(face.score)}


def _tags(tags: Iterable[media_pb2.Tag]) -> list[Mapping[str, Any]]:
    return [{"label": tag.label, "score": _score(tag.score)} for tag in tags]


def _place(place: media_pb2.Place) -> Mapping[str, str]:
    return {"city": place.city, "country": place.country, "country_code": place.country_code}


def _box(box: media_pb2.Box) -> list[float]:
    return [_score(edge) for edge in (box.left, box.top, box.right, box.bottom)]


def _degrees(value: float) -> float:
    """Round to a centimetre: what is behind it comes of degrees, minutes and seconds."""
    return round(value, 7)


def _score(value: float) -> float:
    """Take off the digits that a 32-bit float only pretends to have."""
    return round(value, 6)


def _time(message: Any, field: str) -> str | None:
    return local_time_from_pb(getattr(message, field)).isoformat() if message.HasField(field) else None


def _date(message: Any, field: str) -> str | None:
    return date_from_pb(getattr(message, field)).isoformat() if message.HasField(field) else None
