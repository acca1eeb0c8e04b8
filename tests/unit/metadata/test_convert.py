"""What metadata says on the wire, field by field."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from storyroll.media.v1 import media_pb2
from storyroll.metadata.v1 import metadata_pb2

from services.domain.errors import InvalidArgument
from services.domain.facets import Person
from services.domain.identity import AssetId, EventId, PersonId
from services.domain.media import Box, Place
from services.domain.records import Kind, Record
from services.domain.stories.story import AlbumEvent
from services.metadata import convert
from services.metadata.assets import AssetFilter
from services.metadata.people import PersonChange, PersonFace, PersonView
from services.rpc.media_convert import (
    box_from_pb,
    date_from_pb,
    local_time_from_pb,
    place_from_pb,
    timestamp_to_pb,
)
from tests.stored_library import ANA

START = datetime(2024, 5, 3, 14, tzinfo=timezone(timedelta(hours=1)))
END = START + timedelta(hours=2)
LISBON = Place("Lisbon", "Portugal", "PT")


def test_filters() -> None:
    asked = metadata_pb2.ListAssetsRequest(
        since=timestamp_to_pb(START), until=timestamp_to_pb(END), place="PT", person_id="p1", theme="beach"
    )
    assert convert.filter_from_pb(asked) == AssetFilter(START, END, "PT", PersonId("p1"), "beach")
    assert convert.filter_from_pb(metadata_pb2.ListAssetsRequest()) == AssetFilter()


def test_the_first_instant_is_a_filter_too() -> None:
    asked = metadata_pb2.ListAssetsRequest()
    asked.since.SetInParent()
    assert convert.filter_from_pb(asked).since == datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("place", [LISBON, None])
def test_events(place: Place | None) -> None:
    event = AlbumEvent(EventId("e"), START, END, (AssetId("a"), AssetId("b")), place, "t1")
    message = convert.event_to_pb(Record(ANA, Kind.EVENT, "e", facets={AlbumEvent: event}))
    assert (message.id, list(message.asset_ids), message.trip_id) == ("e", ["a", "b"], "t1")
    times = [local_time_from_pb(time) for time in (message.start, message.end)]
    assert [time.isoformat() for time in times] == [START.isoformat(), END.isoformat()]
    assert (place_from_pb(message.place) if message.HasField("place") else None) == place


def test_people() -> None:
    box = Box(0.25, 0.5, 0.75, 1.0)
    person = Person("Maria", date(1990, 5, 3), hidden=True)
    view = PersonView(PersonId("p1"), person, (PersonFace(AssetId("a"), box),))
    message = convert.person_to_pb(view)
    assert (message.id, message.name, message.hidden) == ("p1", "Maria", True)
    assert date_from_pb(message.birthday) == date(1990, 5, 3)
    assert [(face.asset_id, box_from_pb(face.box)) for face in message.faces] == [("a", box)]
    nobody = convert.person_to_pb(PersonView(PersonId("p2"), Person(), ()))
    assert not nobody.HasField("birthday")


@pytest.mark.parametrize(
    ("fields", "change"),
    [
        ({}, PersonChange()),
        ({"name": ""}, PersonChange(name="")),
        ({"hidden": False}, PersonChange(hidden=False)),
        ({"birthday": media_pb2.Date(year=1990, month=5, day=3)}, PersonChange(birthday=date(1990, 5, 3))),
        ({"birthday": media_pb2.Date()}, PersonChange(forget_birthday=True)),
    ],
)
def test_what_is_not_named_does_not_change(fields: dict[str, object], change: PersonChange) -> None:
    request = metadata_pb2.UpdatePersonRequest(person_id="p1", **fields)  # type: ignore[arg-type]
    assert convert.change_from_pb(request) == change


def test_a_birthday_that_is_no_date() -> None:
    request = metadata_pb2.UpdatePersonRequest(birthday=media_pb2.Date(year=1990, month=13, day=1))
    with pytest.raises(InvalidArgument, match="1990-13-01 is not a date"):
        convert.change_from_pb(request)
