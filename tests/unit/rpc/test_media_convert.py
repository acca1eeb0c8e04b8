"""What crosses the wire comes back as it was."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from enum import StrEnum

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from storyroll.media.v1 import media_pb2

from services.domain.errors import InvalidArgument
from services.domain.facets import Appearances, Content, Description, Face, Faces, Location, Original, Tag
from services.domain.identity import AssetId, OwnerId, PersonId
from services.domain.media import Box, Camera, CaptureTimeSource, Coordinates, MediaKind, Place
from services.domain.records import AssetState, Kind, Record
from services.rpc import media_convert as convert

OFFSETS = st.integers(-14 * 4, 14 * 4).map(lambda quarters: timezone(timedelta(minutes=15 * quarters)))
YEARS = {"min_value": datetime(2, 1, 1), "max_value": datetime(9998, 1, 1)}
UNIT = st.floats(0, 1, width=32)


@given(st.datetimes(**YEARS, timezones=OFFSETS))
def test_local_times(time: datetime) -> None:
    back = convert.local_time_from_pb(convert.local_time_to_pb(time))
    assert (back, back.utcoffset()) == (time, time.utcoffset())


@given(st.dates())
def test_dates(day: date) -> None:
    assert convert.date_from_pb(convert.date_to_pb(day)) == day


def test_a_date_that_is_none() -> None:
    with pytest.raises(InvalidArgument, match="2023-02-30 is not a date"):
        convert.date_from_pb(media_pb2.Date(year=2023, month=2, day=30))


@given(UNIT, UNIT, UNIT, UNIT)
def test_boxes(left: float, top: float, right: float, bottom: float) -> None:
    box = Box(left, top, right, bottom)
    assert convert.box_from_pb(convert.box_to_pb(box)) == box


@given(st.floats(-90, 90), st.floats(-180, 180))
def test_coordinates(latitude: float, longitude: float) -> None:
    point = Coordinates(latitude, longitude)
    assert convert.coordinates_from_pb(convert.coordinates_to_pb(point)) == point


def test_places() -> None:
    place = Place("Lisbon", "Portugal", "PT", "Lisboa", "Europe/Lisbon")
    assert convert.place_from_pb(convert.place_to_pb(place)) == place


@pytest.mark.parametrize(
    ("words", "to_pb", "wire"),
    [
        (MediaKind, convert.kind_to_pb, media_pb2.MediaKind),
        (CaptureTimeSource, convert.capture_time_source_to_pb, media_pb2.CaptureTimeSource),
        (AssetState, convert.asset_state_to_pb, media_pb2.AssetState),
    ],
)
def test_enums_have_the_same_values_on_both_sides(words: type[StrEnum], to_pb: object, wire: object) -> None:
    assert {to_pb(word) for word in words} == set(wire.values()) - {0}  # type: ignore[operator,attr-defined]


@pytest.mark.parametrize(
    ("make", "model", "name"),
    [
        ("Canon", "Canon EOS 5D", "Canon EOS 5D"),
        ("NIKON CORPORATION", "NIKON D90", "NIKON D90"),
        ("Apple", "iPhone 15", "Apple iPhone 15"),
        (" ", "X100", "X100"),
        ("", "", ""),
    ],
)
def test_camera_names(make: str, model: str, name: str) -> None:
    assert convert.camera_name(Camera(make, model)) == name


def original() -> Original:
    return Original(
        filename="a.jpg",
        path="2024/a.jpg",
        media_type="image/jpeg",
        kind=MediaKind.PHOTO,
        size=5,
        sha256=bytes(32),
        blob_key="ana/a",
        uploaded_at=datetime(2024, 5, 4, tzinfo=UTC),
    )


def record(*facets: object, state: str = "analysed") -> Record:
    return Record(OwnerId("ana"), Kind.ASSET, "a1", state=state, facets={type(f): f for f in facets})  # type: ignore[misc]


def test_an_asset_shows_all_that_is_known() -> None:
    vector = np.zeros(128, np.float32)
    face = Face(Box(0.25, 0.25, 0.5, 0.5), 0.75, ((0.0, 0.0),) * 5, vector, quality=0.5)
    taken = datetime(2024, 5, 3, 10, 15, tzinfo=timezone(timedelta(hours=1)))
    message = convert.asset_to_pb(
        record(
            original(),
            Description(taken, CaptureTimeSource.EXIF_OFFSET, 6, 3000, 4000, pair=AssetId("b2")),
            Location(Coordinates(38.75, -9.25), Place("Lisbon", "Portugal", "PT")),
            Faces((face, face)),
            Appearances((PersonId("p1"), None)),
            Content((Tag("tower", 0.5),), (Tag("travel", 0.25),), vector, 0.75, 0.125),
        )
    )
    assert (message.id, message.path, message.pair_id) == ("a1", "2024/a.jpg", "b2")
    assert convert.local_time_from_pb(message.capture_time) == taken
    assert message.capture_time.utc_offset_seconds == 3600
    assert message.place.city == "Lisbon"
    assert [face.person_id for face in message.faces] == ["p1", ""]
    assert (message.quality, message.sensitive, message.tags[0].label) == (0.75, 0.125, "tower")


def test_what_is_not_consented_to_stays_unset() -> None:
    message = convert.asset_to_pb(record(original(), state="stored"))
    assert message.readable
    for unset in ("capture_time", "coordinates", "place", "quality", "sensitive"):
        assert not message.HasField(unset)
    assert not message.faces
    assert not message.tags


@pytest.mark.parametrize("eyes_open", [0.0, 0.25, None])
def test_eyes_that_were_not_looked_into_are_not_shut(eyes_open: float | None) -> None:
    face = Face(Box(0, 0, 1, 1), 0.5, (), np.zeros(128, np.float32), eyes_open=eyes_open)
    message = convert.face_to_pb(face)
    assert message.HasField("eyes_open") == (eyes_open is not None)
    assert message.eyes_open == (eyes_open or 0.0)


def test_faces_that_were_not_grouped_yet_are_nobodys() -> None:
    face = Face(Box(0, 0, 1, 1), 0.5, (), np.zeros(128, np.float32))
    message = convert.asset_to_pb(record(original(), Faces((face,)), Appearances(())))
    assert [face.person_id for face in message.faces] == [""]
