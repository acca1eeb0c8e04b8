"""Finding out who is who in one owner's library, and storing what that changed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from services.domain.consent import Scope
from services.domain.facets import Appearances, Person
from services.domain.library import Library
from services.domain.people import face_refs, group
from services.domain.ports import Transaction
from services.domain.records import Kind


def with_people(library: Library) -> Library:
    """Return the library with every face grouped; as it is without FACES."""
    if Scope.FACES not in library.scopes:
        return library
    grouping = group(face_refs(library.assets), library.people)
    found = grouping.assignments
    assets = tuple(
        replace(asset, people=people)
        if (people := found.get(asset.id, asset.people)) != asset.people
        else asset
        for asset in library.assets
    )
    return replace(library, assets=assets, people=grouping.people)


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
