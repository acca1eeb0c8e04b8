"""The JSON is what the README documents."""

from __future__ import annotations

from storyroll.media.v1 import media_pb2
from storyroll.metadata.v1 import metadata_pb2
from storyroll.suggestion.v1 import suggestion_pb2

from services.cli import views

ASSET_FIELDS = {
    "id",
    "path",
    "kind",
    "capture_time",
    "capture_time_source",
    "latitude",
    "longitude",
    "country",
    "city",
    "orientation",
    "width",
    "height",
    "camera",
    "duplicate_of",
    "screenshot",
    "readable",
    "reason",
    "faces",
    "tags",
    "quality",
    "sensitive",
}


def lisbon_time(seconds: int) -> media_pb2.LocalTime:
    time = media_pb2.LocalTime(utc_offset_seconds=3600)
    time.time.seconds = seconds
    return time


def test_an_asset() -> None:
    view = views.asset_view(
        media_pb2.Asset(
            id="a1",
            path="2024/a.jpg",
            kind=media_pb2.MEDIA_KIND_PHOTO,
            capture_time=lisbon_time(1_714_727_700),
            capture_time_source=media_pb2.CAPTURE_TIME_SOURCE_EXIF_OFFSET,
            coordinates=media_pb2.Coordinates(latitude=38.7, longitude=-9.2),
            place=media_pb2.Place(city="Lisbon", country="Portugal", country_code="PT"),
            faces=[media_pb2.Face(box=media_pb2.Box(left=0.1, right=0.9), score=0.9, person_id="p1")],
            tags=[media_pb2.Tag(label="tower", score=0.3)],
            quality=0.7,
        )
    )
    assert set(view) >= ASSET_FIELDS
    assert view["capture_time"] == "2024-05-03T10:15:00+01:00"
    assert (view["kind"], view["capture_time_source"]) == ("photo", "exif_offset")
    assert (view["latitude"], view["city"], view["country"]) == (38.7, "Lisbon", "Portugal")
    assert view["faces"] == [{"box": [0.1, 0.0, 0.9, 0.0], "person_id": "p1", "score": 0.9}]
    assert view["tags"] == [{"label": "tower", "score": 0.3}]
    assert (view["quality"], view["sensitive"]) == (0.7, None)


def test_what_is_unknown_is_null() -> None:
    view = views.asset_view(media_pb2.Asset(id="a1"))
    unknown = ("kind", "capture_time", "capture_time_source", "latitude", "city", "duplicate_of", "quality")
    assert [view[field] for field in unknown] == [None] * len(unknown)
    assert set(view) >= ASSET_FIELDS


def test_an_event() -> None:
    view = views.event_view(metadata_pb2.Event(id="e1", start=lisbon_time(0), asset_ids=["a1"], trip_id="t"))
    assert view == {
        "id": "e1",
        "start": "1970-01-01T01:00:00+01:00",
        "end": None,
        "asset_ids": ["a1"],
        "place": None,
        "trip_id": "t",
    }


def test_a_person() -> None:
    person = metadata_pb2.Person(id="p1", name="Ana", birthday=media_pb2.Date(year=1990, month=5, day=3))
    assert views.person_view(person) == {
        "id": "p1",
        "name": "Ana",
        "birthday": "1990-05-03",
        "hidden": False,
        "faces": [],
        "you": False,
    }


def test_a_story() -> None:
    view = views.story_view(
        suggestion_pb2.Story(
            id="s1",
            kind=suggestion_pb2.STORY_KIND_ON_THIS_DAY,
            title="Lisbon",
            media=[suggestion_pb2.StoryMedia(asset_id="a1")],
            evidence=["1 photo"],
            score=0.5,
        )
    )
    wanted = ["id", "kind", "title", "subtitle", "cover", "asset_ids", "score", "evidence", "expires"]
    assert set(view) >= set(wanted)
    assert (view["kind"], view["asset_ids"], view["expires"]) == ("on_this_day", ["a1"], None)
