"""What an owner decided about people, and what follows from it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace

from services.domain.facets import Person
from services.domain.identity import AssetId, PersonId

FaceKey = tuple[AssetId, int]
"""A face: the asset, and its position among the asset's faces."""


def is_cared_for(person: Person) -> bool:
    """Tell whether the owner decided anything about a person, who then stays whatever happens."""
    return bool(person.name or person.hidden or person.birthday or person.merged or person.denied)


def survivors(people: Mapping[PersonId, Person]) -> dict[PersonId, PersonId]:
    """Return whom each merged person was merged into in the end."""
    into = {merged: id_ for id_, person in people.items() for merged in person.merged}
    return {merged: _last(into, merged) for merged in into}


def _last(into: Mapping[PersonId, PersonId], start: PersonId) -> PersonId:
    seen, current = {start}, start
    while current in into and into[current] not in seen:
        current = into[current]
        seen.add(current)
    return current


def without_merged(people: Mapping[PersonId, Person]) -> dict[PersonId, Person]:
    """Return the people who were not merged into others."""
    gone = survivors(people)
    return {id_: person for id_, person in people.items() if id_ not in gone}


def denials(people: Mapping[PersonId, Person]) -> dict[FaceKey, frozenset[PersonId]]:
    """Return who each face is not, as the owner said; whoever was merged is who they became."""
    into = survivors(people)
    told: dict[FaceKey, set[PersonId]] = defaultdict(set)
    for id_, person in people.items():
        for face in person.denied:
            told[face].add(into.get(id_, id_))
    return {face: frozenset(never) for face, never in told.items()}


def with_denied(person: Person, faces: Iterable[FaceKey]) -> Person:
    """Return a person who is not in these faces either."""
    return replace(person, denied=tuple(sorted({*person.denied, *faces})))


def without_denied(person: Person, faces: Iterable[FaceKey]) -> Person:
    """Return a person of whom it is no longer said that these faces are somebody else's."""
    return replace(person, denied=tuple(sorted({*person.denied}.difference(faces))))


def renumbered(person: Person, asset: AssetId, left: Sequence[int]) -> Person:
    """Return a person as an asset's faces are numbered anew.

    Args:
        person: Anybody.
        asset: The asset.
        left: The positions that the faces had which are left, ascending.
    """
    place = {before: after for after, before in enumerate(left)}
    others = [face for face in person.denied if face[0] != asset]
    its = [(asset, place[i]) for id_, i in person.denied if id_ == asset and i in place]
    return replace(person, denied=tuple(sorted([*others, *its])))
