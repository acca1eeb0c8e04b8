"""Converters between the library and storyroll.metadata.v1."""

from __future__ import annotations

from storyroll.metadata.v1 import metadata_pb2

from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.errors import InvalidArgument
from services.domain.identity import AssetId, PersonId
from services.domain.records import Record
from services.domain.stories.story import AlbumEvent
from services.metadata.assets import AssetFilter
from services.metadata.occasions import OccasionView
from services.metadata.people import PersonChange, PersonFace, PersonSplit, PersonView
from services.rpc.media_convert import (
    box_to_pb,
    date_from_pb,
    date_to_pb,
    local_time_to_pb,
    place_to_pb,
    timestamp_from_pb,
)

_NUMBERS = {kind: metadata_pb2.OccasionKind.Value(f"OCCASION_KIND_{kind.name}") for kind in OccasionKind}
_OCCASION_KINDS = {number: kind for kind, number in _NUMBERS.items()}


def filter_from_pb(request: metadata_pb2.ListAssetsRequest) -> AssetFilter:
    """Convert which assets are asked for."""
    return AssetFilter(
        since=timestamp_from_pb(request.since) if request.HasField("since") else None,
        until=timestamp_from_pb(request.until) if request.HasField("until") else None,
        place=request.place,
        person=PersonId(request.person_id),
        theme=request.theme,
    )


def event_to_pb(record: Record) -> metadata_pb2.Event:
    """Convert a record of kind EVENT."""
    event = record.require(AlbumEvent)
    message = metadata_pb2.Event(
        id=event.id,
        start=local_time_to_pb(event.start),
        end=local_time_to_pb(event.end),
        asset_ids=event.asset_ids,
        trip_id=event.trip_id,
    )
    if event.place:
        message.place.CopyFrom(place_to_pb(event.place))
    return message


def person_to_pb(view: PersonView) -> metadata_pb2.Person:
    """Convert a person with the faces that were found."""
    person = view.person
    message = metadata_pb2.Person(
        id=view.id,
        name=person.name,
        hidden=person.hidden,
        faces=map(_face_to_pb, view.faces),
        you=view.you,
    )
    if person.birthday:
        message.birthday.CopyFrom(date_to_pb(person.birthday))
    return message


def _face_to_pb(face: PersonFace) -> metadata_pb2.PersonFace:
    return metadata_pb2.PersonFace(asset_id=face.asset_id, box=box_to_pb(face.box))


def change_from_pb(request: metadata_pb2.UpdatePersonRequest) -> PersonChange:
    """Convert what changes about a person; raise InvalidArgument for a birthday that is no date."""
    given = request.HasField("birthday")
    forget = given and request.birthday.year == 0
    return PersonChange(
        name=request.name if request.HasField("name") else None,
        birthday=date_from_pb(request.birthday) if given and not forget else None,
        forget_birthday=forget,
        hidden=request.hidden if request.HasField("hidden") else None,
    )


def split_from_pb(request: metadata_pb2.SplitPersonRequest) -> PersonSplit:
    """Convert who is told apart, where, and who it is instead."""
    return PersonSplit(
        person=PersonId(request.person_id),
        assets=tuple(AssetId(id_) for id_ in request.asset_ids),
        other=PersonId(request.other_person_id),
        one_person=request.one_person,
    )


def split_to_pb(person: PersonView, other: PersonView | None) -> metadata_pb2.SplitPersonResponse:
    """Convert the people who were told apart."""
    return metadata_pb2.SplitPersonResponse(
        person=person_to_pb(person), other=person_to_pb(other) if other else None
    )


def occasion_from_pb(request: metadata_pb2.DeclareOccasionRequest) -> DeclaredOccasion:
    """Convert what is declared; raise InvalidArgument for no kind, or a day that is no date."""
    kind = _OCCASION_KINDS.get(request.kind)
    if kind is None:
        raise InvalidArgument("say what kind of occasion it is")
    return DeclaredOccasion(
        kind=kind,
        day=date_from_pb(request.day),
        people=tuple(sorted({PersonId(id_) for id_ in request.person_ids})),
        title=request.title.strip(),
    )


def occasion_to_pb(view: OccasionView) -> metadata_pb2.Occasion:
    """Convert a declared occasion."""
    occasion = view.occasion
    return metadata_pb2.Occasion(
        id=view.id,
        kind=_NUMBERS[occasion.kind],
        day=date_to_pb(occasion.day),
        person_ids=occasion.people,
        title=occasion.title,
    )
