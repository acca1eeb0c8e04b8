"""The people in an owner's pictures: named, hidden and merged by the owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.domain.accounts import AuditAction, audit
from services.domain.errors import InvalidArgument
from services.domain.facets import Appearances, Faces, Person
from services.domain.identity import AssetId, OwnerId, PersonId
from services.domain.media import Box
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock, Transaction
from services.domain.records import Kind, Query, Record


@dataclass(frozen=True)
class PersonFace:
    """A face of a person: in which asset, where in it."""

    asset_id: AssetId
    box: Box


@dataclass(frozen=True)
class PersonView:
    """A person with the faces that were found, best first."""

    id: PersonId
    person: Person
    faces: tuple[PersonFace, ...]


@dataclass(frozen=True, slots=True)
class PersonChange:
    """What an owner changes about a person; None leaves it as it is."""

    name: str | None = None
    birthday: date | None = None
    forget_birthday: bool = False
    hidden: bool | None = None

    def apply(self, person: Person) -> Person:
        """Return the person as changed."""
        birthday = None if self.forget_birthday else self.birthday or person.birthday
        return replace(
            person,
            name=person.name if self.name is None else self.name.strip(),
            birthday=birthday,
            hidden=person.hidden if self.hidden is None else self.hidden,
        )


class People:
    """An owner's people; without FACES there are none."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def everybody(self, owner: OwnerId) -> list[PersonView]:
        """Return everybody who appears, most frequent first."""
        records = await self._catalog.find(owner, Kind.PERSON)
        views = [await self._view(owner, record) for record in records if record.get(Person)]
        return sorted(views, key=lambda view: (-len(view.faces), view.id))

    async def update(self, owner: OwnerId, person: PersonId, change: PersonChange) -> PersonView:
        """Change name, birthday or hiding; raise NotFound."""
        async with self._catalog.transaction(owner) as tx:
            record = await tx.get(Kind.PERSON, person)
            await tx.put(Kind.PERSON, person, change.apply(record.require(Person)))
            await self._announce(tx, owner, person)
        return await self._view(owner, await self._catalog.get(owner, Kind.PERSON, person))

    async def merge(self, owner: OwnerId, people: Sequence[PersonId]) -> PersonView:
        """Make several people the first of them; raise NotFound, or InvalidArgument for fewer than two."""
        kept, others = people[0] if people else PersonId(""), list(dict.fromkeys(people))[1:]
        if not others:
            raise InvalidArgument("name at least two different people to merge")
        async with self._catalog.transaction(owner) as tx:
            stays = (await tx.get(Kind.PERSON, kept)).require(Person)
            gone = [(await tx.get(Kind.PERSON, other)).require(Person) for other in others]
            await tx.put(Kind.PERSON, kept, _merged(stays, others, gone))
            await tx.delete(Kind.PERSON, others)
            for other in others:
                await _reassign(tx, other, kept)
            await self._announce(tx, owner, kept)
        return await self._view(owner, await self._catalog.get(owner, Kind.PERSON, kept))

    async def _announce(self, tx: Transaction, owner: OwnerId, person: PersonId) -> None:
        now = self._clock.now()
        await audit(tx, AuditAction.PERSON_CHANGED, now, subject=person)
        await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, person, now))

    async def _view(self, owner: OwnerId, record: Record) -> PersonView:
        person = PersonId(record.id)
        assets = await self._catalog.find(owner, Kind.ASSET, _appearing(person))
        faces = [face for asset in assets for face in _faces_of(asset, person)]
        faces.sort(key=lambda found: -found[0])
        return PersonView(person, record.require(Person), tuple(face for _, face in faces))


def _appearing(person: PersonId) -> Query:
    """Ask for the assets that a person is in, opening only what tells where."""
    return Query(labels=(("person", person),), facets=frozenset({Faces, Appearances}))


def _faces_of(asset: Record, person: PersonId) -> list[tuple[float, PersonFace]]:
    """Return the person's faces in one asset, each with its quality."""
    faces, appearances = asset.get(Faces), asset.get(Appearances)
    if faces is None or appearances is None:
        return []
    pairs = zip(faces.faces, appearances.people, strict=False)
    return [(f.quality, PersonFace(AssetId(asset.id), f.box)) for f, who in pairs if who == person]


def _merged(stays: Person, others: Sequence[PersonId], gone: Sequence[Person]) -> Person:
    """Return the person who stays, with the faces of the others, and their name and birthday if missing.

    Whoever was hidden stays out of sight: somebody who is hidden hides all.
    """
    everybody = (stays, *gone)
    return replace(
        stays,
        name=next((p.name for p in everybody if p.name), ""),
        birthday=next((p.birthday for p in everybody if p.birthday), None),
        hidden=any(p.hidden for p in everybody),
        centroids=tuple(c for p in everybody for c in p.centroids),
        face_count=sum(p.face_count for p in everybody),
        last_seen=max((p.last_seen for p in everybody if p.last_seen), default=None),
        merged=(*stays.merged, *others, *(m for p in gone for m in p.merged)),
    )


async def _reassign(tx: Transaction, from_: PersonId, to: PersonId) -> None:
    for asset in await tx.find(Kind.ASSET, _appearing(from_)):
        people = asset.require(Appearances).people
        renamed = Appearances(tuple(to if person == from_ else person for person in people))
        await tx.put(Kind.ASSET, asset.id, renamed)
