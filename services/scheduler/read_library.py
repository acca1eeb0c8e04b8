"""Reading an owner's library out of the Catalog, for planning."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from services.domain.accounts import consent_of
from services.domain.consent import Scope
from services.domain.errors import Conflict
from services.domain.facets import Person
from services.domain.identity import OwnerId, PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.ports import Catalog, Transaction
from services.domain.records import AssetState, Kind, Query, Record
from services.domain.stories.story import Feedback

_SETTLED = frozenset({AssetState.ANALYSED, AssetState.UNREADABLE})
_NO_FACETS = Query(facets=frozenset())


@dataclass(frozen=True)
class Snapshot:
    """A library as it was read, and what tells later whether it is still true."""

    library: Library
    settled: int
    """Assets that have gone through every stage."""
    people_revision: int

    async def confirm(self, tx: Transaction) -> None:
        """Raise Conflict if the owner deleted a picture or changed a person since it was read."""
        present = {record.id for record in await tx.find(Kind.ASSET, _NO_FACETS)}
        if any(asset.id not in present for asset in self.library.assets):
            raise Conflict("an asset was deleted while stories were planned")
        if _newest(await tx.find(Kind.PERSON, _NO_FACETS)) != self.people_revision:
            raise Conflict("a person was changed while stories were planned")


async def read_library(catalog: Catalog, owner: OwnerId) -> Snapshot:
    """Return everything that planning may use of this owner, as far as consent allows now."""
    consent = await consent_of(catalog, owner)
    people = await catalog.find(owner, Kind.PERSON)
    records = await catalog.find(owner, Kind.ASSET)
    feedback = await catalog.find(owner, Kind.FEEDBACK) if consent.allows(Scope.LEARNING) else []
    described = (LibraryAsset.from_record(record) for record in records)
    library = Library(
        assets=tuple(asset for asset in described if asset),
        people={PersonId(r.id): person for r in people if (person := r.get(Person))},
        scopes=consent.scopes,
        feedback=tuple(f for f in (record.get(Feedback) for record in feedback) if f),
    )
    settled = sum(record.state in _SETTLED for record in records)
    return Snapshot(library, settled, _newest(people))


def _newest(records: Iterable[Record]) -> int:
    return max((record.revision for record in records), default=0)
