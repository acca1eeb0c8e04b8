"""Reading an owner's library out of the Catalog, for planning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from services.domain.accounts import consent_of
from services.domain.consent import Consent, Scope
from services.domain.errors import Conflict
from services.domain.facets import Person
from services.domain.identity import OwnerId, PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.ports import Catalog, Transaction
from services.domain.records import AssetState, Kind, Query, Record
from services.domain.stories.story import Feedback, Story

_SETTLED = frozenset({AssetState.ANALYSED, AssetState.UNREADABLE})
_NO_FACETS = Query(facets=frozenset())


@dataclass(frozen=True, slots=True)
class _Entry:
    asset: LibraryAsset | None
    """None while it is not described."""
    settled: bool


@dataclass(frozen=True)
class Snapshot:
    """A library as it was read, and what tells later whether it is still true."""

    library: Library
    consent: Consent
    """Under which it was read."""
    people_revision: int
    revision: int
    """The newest of the assets; what is newer was not read."""
    entries: Mapping[str, _Entry]
    """What was read of each asset."""

    @property
    def settled(self) -> int:
        """Assets that have gone through every stage."""
        return sum(entry.settled for entry in self.entries.values())

    async def confirm(self, tx: Transaction) -> None:
        """Raise Conflict if the owner deleted a picture or changed a person since it was read."""
        present = {record.id for record in await tx.find(Kind.ASSET, _NO_FACETS)}
        if any(asset.id not in present for asset in self.library.assets):
            raise Conflict("an asset was deleted while stories were planned")
        if _newest(await tx.find(Kind.PERSON, _NO_FACETS)) != self.people_revision:
            raise Conflict("a person was changed while stories were planned")


async def read_library(catalog: Catalog, owner: OwnerId, before: Snapshot | None = None) -> Snapshot:
    """Return everything that planning may use of this owner, as far as consent allows now.

    Only assets that changed since `before` are read again. Their owner's consent must be the very same, for
    what is erased with a scope changes no revision.
    """
    consent = await consent_of(catalog, owner)
    if before is not None and before.consent != consent:
        before = None
    people = await catalog.find(owner, Kind.PERSON)
    since = before.revision if before else 0
    records = await catalog.find(owner, Kind.ASSET, Query(changed_after=since))
    feedback = await catalog.find(owner, Kind.FEEDBACK) if consent.allows(Scope.LEARNING) else []
    told = await catalog.find(owner, Kind.STORY)
    known = {**(before.entries if before else {}), **{r.id: _entry(r) for r in records}}
    entries = await _without_deleted(catalog, owner, known)
    library = Library(
        assets=tuple(entry.asset for entry in entries.values() if entry.asset),
        people={PersonId(r.id): person for r in people if (person := r.get(Person))},
        scopes=consent.scopes,
        told=tuple(story for record in told if (story := record.get(Story))),
        feedback=tuple(f for f in (record.get(Feedback) for record in feedback) if f),
    )
    return Snapshot(library, consent, _newest(people), max(since, _newest(records)), entries)


def _entry(record: Record) -> _Entry:
    return _Entry(LibraryAsset.from_record(record), record.state in _SETTLED)


async def _without_deleted(
    catalog: Catalog, owner: OwnerId, entries: Mapping[str, _Entry]
) -> Mapping[str, _Entry]:
    """Return the entries that are still there; ids are listed only where their number differs."""
    if await catalog.count(owner, Kind.ASSET) == len(entries):
        return entries
    present = {record.id for record in await catalog.find(owner, Kind.ASSET, _NO_FACETS)}
    return {id_: entry for id_, entry in entries.items() if id_ in present}


def _newest(records: Iterable[Record]) -> int:
    return max((record.revision for record in records), default=0)
