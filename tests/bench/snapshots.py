"""Libraries as the scheduler reads them, without the catalog that they are read from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from services.domain.consent import Consent
from services.domain.facets import Person
from services.domain.identity import PersonId
from services.domain.library import Library, LibraryAsset
from services.scheduler.read_library import Entry, News, Snapshot
from services.scheduler.shelf import Shelf


def whole(library: Library) -> Snapshot:
    """Return a snapshot of a library that was never read before."""
    entries = Shelf({asset.id: Entry(asset, settled=True) for asset in library.assets})
    besides, news = replace(library, assets=()), News(library.assets, (), None)
    return Snapshot(besides, Consent(), 0, 0, entries, len(entries), news)


def with_one_more(before: Snapshot, asset: LibraryAsset, people: Mapping[PersonId, Person]) -> Snapshot:
    """Return the snapshot after it, in which an asset was analysed and everybody found so far is stored."""
    return replace(
        before,
        besides=replace(before.besides, people=people),
        entries=before.entries.changed({asset.id: Entry(asset, settled=True)}),
        settled=before.settled + 1,
        news=News((asset,), (), before.entries),
    )
