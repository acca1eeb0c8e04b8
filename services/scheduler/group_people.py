"""Finding out who is who in one owner's library, and storing what that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from services.domain.consent import Scope
from services.domain.facets import Appearances, Face, Person
from services.domain.identity import AssetId, PersonId
from services.domain.library import LibraryAsset
from services.domain.people import FaceRef, PeopleIndex, face_refs
from services.domain.ports import Transaction
from services.domain.records import Kind


class Found(NamedTuple):
    """Who is who after a change of a library."""

    put: Mapping[AssetId, LibraryAsset]
    """The assets that came, and those in which it is somebody else now, with everybody in them."""
    people: Mapping[PersonId, Person]
    unstored: Mapping[AssetId, Appearances]
    """Who is in the assets of which something else is stored."""


class KnownPeople:
    """Who is who in one library, kept from one plan to the next, so that one face more costs little.

    Who was stored as somebody when it was made stays that person.

    Args:
        people: Everybody, as stored.
        scopes: Without FACES nobody is looked for.
    """

    def __init__(self, people: Mapping[PersonId, Person], scopes: frozenset[Scope]) -> None:
        self._index = PeopleIndex(people)
        self._looks = Scope.FACES in scopes
        self._told = people
        self._read: dict[AssetId, LibraryAsset] = {}
        self._unstored: dict[AssetId, Appearances] = {}

    def fits(self, people: Mapping[PersonId, Person]) -> bool:
        """Tell whether these are the people whom it told of, and the owner has decided nothing since."""
        return {id_: _decided(p) for id_, p in people.items()} == {
            id_: _decided(p) for id_, p in self._told.items()
        }

    def change(self, put: Sequence[LibraryAsset], gone: Iterable[AssetId] = ()) -> Found:
        """Group the faces of assets that come or change, and of those to which that makes a difference."""
        if not self._looks:
            return Found({asset.id: asset for asset in put}, self._told, {})
        faces, faceless = self._to_group(put)
        leaving = {id_ for id_ in gone if id_ in self._read}
        grouping = self._index.change(faces, {*leaving, *faceless})
        for id_ in leaving:
            del self._read[id_]
            self._unstored.pop(id_, None)
        self._read.update((asset.id, asset) for asset in put)
        self._told = grouping.people
        changed = {*(asset.id for asset in put), *grouping.assignments}
        return Found({id_: self._regrouped(id_) for id_ in changed}, self._told, self._unstored)

    def _regrouped(self, id_: AssetId) -> LibraryAsset:
        """Return an asset with everybody in it, and note whether that is what is stored."""
        read = self._read[id_]
        asset = _shown(read, self._index.who(id_)) if read.faces else read
        if asset.people == read.people:
            self._unstored.pop(id_, None)
        else:
            self._unstored[id_] = Appearances(asset.people)
        return asset

    def _to_group(self, news: Iterable[LibraryAsset]) -> tuple[list[list[FaceRef]], list[AssetId]]:
        """Return the faces of the assets that bring any, and the assets without; not those merely stored."""
        changed = [asset for asset in news if not self._is_known(asset)]
        faces = [refs for asset in changed if (refs := face_refs([asset]))]
        return faces, [asset.id for asset in changed if not asset.faces]

    def _is_known(self, asset: LibraryAsset) -> bool:
        """Tell whether an asset brings nothing but what was found here and has been stored since."""
        before = self._read.get(asset.id)
        return (
            before is not None
            and before.capture_time == asset.capture_time
            and self._index.who(asset.id) == asset.people
            and len(before.faces) == len(asset.faces)
            and all(map(_same_face, before.faces, asset.faces))
        )


async def store_people(tx: Transaction, before: Mapping[PersonId, Person], found: Found) -> None:
    """Store who appears where and what is known of everybody, as far as it is not what is stored."""
    for asset, appearances in found.unstored.items():
        await tx.put(Kind.ASSET, asset, appearances)
    for id_, person in found.people.items():
        if id_ not in before or not _same(before[id_], person):
            await tx.put(Kind.PERSON, id_, person)
    if gone := [id_ for id_ in before if id_ not in found.people]:
        await tx.delete(Kind.PERSON, gone)


def _same(one: Person, other: Person) -> bool:
    """Compare people; centroids, which are stored as float16, to that precision."""
    if replace(one, centroids=()) != replace(other, centroids=()):
        return False
    pairs = list(zip(one.centroids, other.centroids, strict=False))
    return len(one.centroids) == len(other.centroids) and all(np.allclose(a, b, atol=2e-3) for a, b in pairs)


def _decided(person: Person) -> object:
    """Return what only the owner changes."""
    return person.name, person.birthday, person.hidden, person.merged, person.denied


def _shown(asset: LibraryAsset, people: tuple[PersonId | None, ...]) -> LibraryAsset:
    return asset if asset.people == people else replace(asset, people=people)


def _same_face(one: Face, other: Face) -> bool:
    return one.quality == other.quality and np.array_equal(one.embedding, other.embedding)
