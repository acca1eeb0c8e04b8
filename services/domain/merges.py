"""What an owner decided about people, and what follows from it."""

from __future__ import annotations

from collections.abc import Mapping

from services.domain.facets import Person
from services.domain.identity import PersonId


def is_cared_for(person: Person) -> bool:
    """Tell whether the owner decided anything about a person, who then stays whatever happens."""
    return bool(person.name or person.hidden or person.birthday or person.merged)


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
