"""Reading an owner's library out of the Catalog, for planning."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import NamedTuple

from services.domain.accounts import consent_of
from services.domain.consent import Consent, Scope
from services.domain.declared import DeclaredOccasion
from services.domain.errors import Conflict
from services.domain.facets import Person
from services.domain.identity import OccasionId, OwnerId, PersonId
from services.domain.library import Library, LibraryAsset
from services.domain.ports import Catalog, Transaction
from services.domain.records import AssetState, Kind, Query, Record
from services.domain.stories.story import Feedback, Story
from services.scheduler.shelf import Shelf

_SETTLED = frozenset({AssetState.ANALYSED, AssetState.UNREADABLE})
_NO_FACETS = Query(facets=frozenset())


@dataclass(frozen=True, slots=True)
class Entry:
    """What was read of one asset."""

    asset: LibraryAsset | None
    """None while it is not described."""
    settled: bool


class News(NamedTuple):
    """What changed in a library since it was read before."""

    put: Sequence[LibraryAsset]
    """Assets that came or are told otherwise now."""
    left: Sequence[LibraryAsset]
    """Those that are gone or were replaced, as they were."""
    since: Mapping[str, Entry] | None
    """The entries of the snapshot before; None where everything is new."""


@dataclass(frozen=True)
class Snapshot:
    """A library as it was read, and what tells later whether it is still true."""

    besides: Library
    """All that was read but the assets."""
    consent: Consent
    """Under which it was read."""
    people_revision: int
    revision: int
    """The newest of the assets; what is newer was not read."""
    entries: Shelf[Entry]
    """What was read of each asset."""
    settled: int
    """Assets that have gone through every stage."""
    news: News

    @cached_property
    def library(self) -> Library:
        """The whole library."""
        return replace(self.besides, assets=tuple(e.asset for e in self.entries.values() if e.asset))

    def since(self, before: Snapshot) -> News | None:
        """Return what changed since a snapshot; None where that was not looked for."""
        if before.entries is self.entries:
            return News((), (), self.entries)
        return self.news if self.news.since is before.entries else None

    async def confirm(self, tx: Transaction) -> None:
        """Raise Conflict if the owner deleted a picture or changed a person since it was read."""
        newer = await tx.find(Kind.ASSET, Query(changed_after=self.revision, facets=frozenset()))
        came = sum(record.id not in self.entries for record in newer)
        if await tx.count(Kind.ASSET) < len(self.entries) + came:
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
    declared = await catalog.find(owner, Kind.OCCASION)
    told = await catalog.find(owner, Kind.STORY)
    read = {record.id: _entry(record) for record in records}
    known = before.entries if before else Shelf[Entry]()
    gone = await _deleted(catalog, owner, known, read)
    left = {id_: known[id_] for id_ in {*read, *gone} if id_ in known}
    put = {id_: entry for id_, entry in read.items() if id_ not in gone}
    besides = Library(
        assets=(),
        people={PersonId(r.id): person for r in people if (person := r.get(Person))},
        scopes=consent.scopes,
        declared={OccasionId(r.id): day for r in declared if (day := r.get(DeclaredOccasion))},
        told=tuple(story for record in told if (story := record.get(Story))),
        feedback=tuple(f for f in (record.get(Feedback) for record in feedback) if f),
    )
    return Snapshot(
        besides=besides,
        consent=consent,
        people_revision=_newest(people),
        revision=max(since, _newest(records)),
        entries=known.changed(put, gone),
        settled=(before.settled if before else 0) + _settled(put) - _settled(left),
        news=News(_assets(put), _assets(left), before.entries if before else None),
    )


def _entry(record: Record) -> Entry:
    return Entry(LibraryAsset.from_record(record), record.state in _SETTLED)


def _settled(entries: Mapping[str, Entry]) -> int:
    return sum(entry.settled for entry in entries.values())


def _assets(entries: Mapping[str, Entry]) -> list[LibraryAsset]:
    return [entry.asset for entry in entries.values() if entry.asset]


async def _deleted(
    catalog: Catalog, owner: OwnerId, known: Shelf[Entry], read: Mapping[str, Entry]
) -> set[str]:
    """Return the ids of those no longer there; ids are listed only where their number differs."""
    expected = len(known) + sum(id_ not in known for id_ in read)
    if await catalog.count(owner, Kind.ASSET) == expected:
        return set()
    present = {record.id for record in await catalog.find(owner, Kind.ASSET, _NO_FACETS)}
    return {id_ for id_ in (*known, *read) if id_ not in present}


def _newest(records: Iterable[Record]) -> int:
    return max((record.revision for record in records), default=0)
