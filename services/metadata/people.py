"""The people in an owner's pictures: named, hidden, merged and told apart by the owner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from services.domain.accounts import AuditAction, audit
from services.domain.errors import InvalidArgument
from services.domain.facets import Appearances, Faces, Person
from services.domain.identity import AssetId, OwnerId, PersonId, new_id
from services.domain.media import Box
from services.domain.merges import FaceKey, with_denied, without_denied
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock, Transaction
from services.domain.records import Kind, Query, Record
from services.metadata.occasions import rename_people

MOST_SPLIT_AT_ONCE = 1_000
FEW_PICTURES = 3
"""In so many somebody must be before they are taken for the owner."""


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
    you: bool = False
    """Whether it is presumably the owner."""

    @property
    def pictures(self) -> int:
        """In how many assets the person is."""
        return len({face.asset_id for face in self.faces})


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


@dataclass(frozen=True, slots=True)
class PersonSplit:
    """What an owner says of pictures in which somebody was taken for a person."""

    person: PersonId
    """Who it is not."""
    assets: tuple[AssetId, ...]
    other: PersonId = PersonId("")
    """Who it is instead; empty if the owner names nobody."""
    one_person: bool = False
    """Whether it is somebody new, the same in all of the assets."""


class People:
    """An owner's people; without FACES there are none."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def everybody(self, owner: OwnerId) -> list[PersonView]:
        """Return everybody who appears, most frequent first."""
        records = await self._catalog.find(owner, Kind.PERSON)
        views = [await self._view(owner, record) for record in records if record.get(Person)]
        return _with_you(sorted(views, key=lambda view: (-view.pictures, view.id)))

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
            theirs = [face for one in (kept, *others) for face in await _held(tx, one)]
            await tx.put(Kind.PERSON, kept, without_denied(_merged(stays, others, gone), theirs))
            await tx.delete(Kind.PERSON, others)
            for other in others:
                await _reassign(tx, other, kept)
            await rename_people(tx, dict.fromkeys(others, kept))
            await self._announce(tx, owner, kept)
        return await self._view(owner, await self._catalog.get(owner, Kind.PERSON, kept))

    async def split(self, owner: OwnerId, split: PersonSplit) -> tuple[PersonView, PersonView | None]:
        """Tell faces apart from a person for good; return the person, and who it is instead if that was said.

        Raises:
            NotFound: There is no such person or asset.
            InvalidArgument: No asset or too many; the person is not in one; the other is, or is the same.
        """
        assets = tuple(dict.fromkeys(split.assets))
        if not 0 < len(assets) <= MOST_SPLIT_AT_ONCE:
            raise InvalidArgument(f"name 1 to {MOST_SPLIT_AT_ONCE} assets; {len(assets)} were named")
        if split.other == split.person:
            raise InvalidArgument("name another person; this is the same")
        other = split.other or (PersonId(new_id()) if split.one_person else None)
        async with self._catalog.transaction(owner) as tx:
            person = (await tx.get(Kind.PERSON, split.person)).require(Person)
            faces = [face for asset in assets for face in await _give_away(tx, asset, split.person, other)]
            await tx.put(Kind.PERSON, split.person, with_denied(person, faces))
            if other:
                known = (await tx.get(Kind.PERSON, other)).require(Person) if split.other else Person()
                await tx.put(Kind.PERSON, other, without_denied(known, faces))
            await self._announce(tx, owner, split.person)
        apart = [await self._catalog.get(owner, Kind.PERSON, id_) for id_ in (split.person, other) if id_]
        views = [await self._view(owner, record) for record in apart]
        return views[0], views[1] if other else None

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


def _with_you(views: list[PersonView]) -> list[PersonView]:
    """Mark the first as the owner, where they are in more pictures than anybody else, and in several."""
    if not views:
        return []
    first, *others = views
    runner_up = others[0].pictures if others else 0
    return [replace(first, you=first.pictures > max(runner_up, FEW_PICTURES - 1)), *others]


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
        denied=tuple(sorted({face for p in everybody for face in p.denied})),
    )


async def _held(tx: Transaction, person: PersonId) -> list[FaceKey]:
    """Return the faces that were given to a person."""
    assets = await tx.find(Kind.ASSET, _appearing(person))
    return [face for asset in assets for face in _positions(asset, person)]


def _positions(asset: Record, person: PersonId) -> list[FaceKey]:
    appearances = asset.get(Appearances)
    people = appearances.people if appearances else ()
    return [(AssetId(asset.id), i) for i, who in enumerate(people) if who == person]


async def _give_away(tx: Transaction, asset: AssetId, from_: PersonId, to: PersonId | None) -> list[FaceKey]:
    """Give a person's face in an asset to somebody else, or to nobody; return it."""
    record = await tx.get(Kind.ASSET, asset)
    faces = _positions(record, from_)
    if not faces:
        raise InvalidArgument(f"person {from_} was not found in asset {asset}")
    if to and _positions(record, to):
        raise InvalidArgument(f"person {to} is in asset {asset} already")
    people = record.require(Appearances).people
    await tx.put(Kind.ASSET, asset, Appearances(tuple(to if who == from_ else who for who in people)))
    return faces


async def _reassign(tx: Transaction, from_: PersonId, to: PersonId) -> None:
    for asset in await tx.find(Kind.ASSET, _appearing(from_)):
        people = asset.require(Appearances).people
        renamed = Appearances(tuple(to if person == from_ else person for person in people))
        await tx.put(Kind.ASSET, asset.id, renamed)
