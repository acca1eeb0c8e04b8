"""Reading an owner's library out of the Catalog, for planning."""

from __future__ import annotations

from dataclasses import dataclass

from services.domain.accounts import consent_of
from services.domain.consent import Scope
from services.domain.facets import Person
from services.domain.identity import OwnerId, PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.ports import Catalog
from services.domain.records import AssetState, Kind, Query, Record
from services.domain.stories.story import Feedback

_SETTLED = frozenset({AssetState.ANALYSED, AssetState.UNREADABLE})


@dataclass(frozen=True)
class Snapshot:
    """A library, and how many of its assets have gone through every stage."""

    library: Library
    settled: int


async def read_library(catalog: Catalog, owner: OwnerId) -> Snapshot:
    """Return everything that planning may use of this owner, as far as consent allows now."""
    consent = await consent_of(catalog, owner)
    records = await catalog.find(owner, Kind.ASSET)
    described = (LibraryAsset.from_record(record) for record in records)
    feedback = await catalog.find(owner, Kind.FEEDBACK) if consent.allows(Scope.LEARNING) else []
    library = Library(
        assets=tuple(asset for asset in described if asset),
        people=await read_people(catalog, owner),
        scopes=consent.scopes,
        feedback=tuple(f for f in (record.get(Feedback) for record in feedback) if f),
    )
    return Snapshot(library, sum(_is_settled(record) for record in records))


async def read_people(catalog: Catalog, owner: OwnerId) -> dict[PersonId, Person]:
    """Return the people of this owner; none without FACES."""
    records = await catalog.find(owner, Kind.PERSON, Query())
    return {PersonId(r.id): person for r in records if (person := r.get(Person))}


def _is_settled(record: Record) -> bool:
    return record.state in _SETTLED
