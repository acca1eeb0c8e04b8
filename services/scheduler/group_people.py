"""Finding out who is who in one owner's library, and storing what that changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

import numpy as np

from services.domain.consent import Scope
from services.domain.facets import Appearances, Face, Person
from services.domain.identity import AssetId, PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.people import FaceRef, PeopleIndex, face_refs
from services.domain.ports import Transaction
from services.domain.records import Kind


class KnownPeople:
    """Who is who in one library, kept from one plan to the next, so that one face more costs little.

    Who was stored as somebody when it was made stays that person.
    """

    def __init__(self, people: Mapping[PersonId, Person]) -> None:
        self._index = PeopleIndex(people)
        self._told = people
        self._read: dict[AssetId, LibraryAsset] = {}
        self._grouped: dict[AssetId, LibraryAsset] = {}

    def fits(self, people: Mapping[PersonId, Person]) -> bool:
        """Tell whether these are the people whom it told of, and the owner has decided nothing since."""
        return {id_: _decided(p) for id_, p in people.items()} == {
            id_: _decided(p) for id_, p in self._told.items()
        }

    def with_people(self, library: Library) -> Library:
        """Return the library with every face grouped; as it is without FACES.

        Assets in which nothing changed are the very objects of the time before.
        """
        if Scope.FACES not in library.scopes:
            return library
        read = {asset.id: asset for asset in library.assets}
        news = [asset for id_, asset in read.items() if self._read.get(id_) is not asset]
        gone = self._read.keys() - read.keys()
        put, faceless = self._to_group(news)
        grouping = self._index.change(put, {*gone, *faceless})
        for id_ in gone:
            del self._grouped[id_]
        self._grouped.update((asset.id, asset) for asset in news)
        for id_ in {*grouping.assignments, *(asset.id for asset in news if asset.faces)}:
            self._grouped[id_] = _shown(self._grouped[id_], self._index.who(id_))
        self._read, self._told = read, grouping.people
        return replace(library, assets=tuple(self._grouped[id_] for id_ in read), people=grouping.people)

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


async def store_people(tx: Transaction, before: Library, after: Library) -> None:
    """Store who appears where and what is known of everybody, as far as it changed."""
    known = {asset.id: asset.people for asset in before.assets}
    for asset in after.assets:
        if asset.people != known[asset.id]:
            await tx.put(Kind.ASSET, asset.id, Appearances(asset.people))
    for id_, person in after.people.items():
        if id_ not in before.people or not _same(before.people[id_], person):
            await tx.put(Kind.PERSON, id_, person)
    if gone := [id_ for id_ in before.people if id_ not in after.people]:
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
