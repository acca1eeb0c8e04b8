"""Records, facets and labels in dictionaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from services.adapters.memory.tables import RecordKey, View
from services.adapters.rows import NO_TIME, Change, FacetRow, RecordRow, Selection, Tally
from services.domain.errors import AlreadyExists


class MemoryRecords:
    """Fulfils `rows.RecordRows`."""

    def __init__(self, view: View) -> None:
        self._view = view

    async def select(self, owner: str, kind: str, selection: Selection) -> list[RecordRow]:
        """Return the records that match, by (time, id)."""
        rows = self._view.records.items(lambda key: key[:2] == (owner, kind))
        found = [row for _, row in rows if self._matches(owner, kind, row, selection)]
        found.sort(key=lambda row: (row.time, row.id), reverse=selection.newest_first)
        return [_only(row, selection.facets) for row in found[: selection.limit]]

    async def count(self, owner: str, kind: str, selection: Selection) -> int:
        """Return how many records match."""
        return len(await self.select(owner, kind, selection))

    async def get(
        self, owner: str, kind: str, ids: Sequence[str], facets: frozenset[str] | None = None
    ) -> list[RecordRow]:
        """Return those of the records that exist."""
        rows = (self._view.records.get((owner, kind, id_)) for id_ in dict.fromkeys(ids))
        return [_only(row, facets) for row in rows if row is not None]

    async def ids_of(self, owner: str, kind: str, fingerprints: Sequence[bytes]) -> Mapping[bytes, str]:
        """Return the ids of the records with these fingerprint hashes."""
        found = {f: self._view.fingerprints.get((owner, kind, f)) for f in fingerprints}
        return {fingerprint: id_ for fingerprint, id_ in found.items() if id_ is not None}

    async def owners(self) -> list[str]:
        """Return every owner that has a record."""
        return sorted({key[0] for key, _ in self._view.records.items(lambda _: True)})

    async def next_revision(self, owner: str) -> int:
        """Count up and return the owner's revision."""
        revision = (self._view.revisions.get(owner) or 0) + 1
        self._view.revisions.set(owner, revision)
        return revision

    async def put(self, owner: str, kind: str, id_: str, change: Change) -> None:
        """Create or change a record."""
        if change.fingerprint is not None:
            self._claim_fingerprint(owner, kind, id_, change.fingerprint)
        old = self._view.records.get((owner, kind, id_)) or RecordRow(id_, NO_TIME, "", 0)
        row = replace(
            old,
            revision=change.revision,
            time=old.time if change.time is None else change.time,
            state=old.state if change.state is None else change.state,
        )
        self._view.records.set((owner, kind, id_), row)

    async def put_facets(
        self, owner: str, kind: str, id_: str, facets: Mapping[FacetRow, frozenset[bytes] | None]
    ) -> None:
        """Create or replace facets and their labels."""
        row = self._view.records.get((owner, kind, id_))
        assert row is not None, "a facet belongs to a record"
        names = {facet.name for facet in facets}
        kept = [facet for facet in row.facets if facet.name not in names]
        self._view.records.set((owner, kind, id_), replace(row, facets=(*kept, *facets)))
        for facet, digests in facets.items():
            self._view.labels.set((owner, kind, id_, facet.name), digests or frozenset())

    async def drop_facet(self, owner: str, kind: str, id_: str, name: str) -> None:
        """Remove a facet and its labels."""
        row = self._view.records.get((owner, kind, id_))
        if row is not None:
            kept = tuple(facet for facet in row.facets if facet.name != name)
            self._view.records.set((owner, kind, id_), replace(row, facets=kept))
            self._view.labels.delete((owner, kind, id_, name))

    async def delete(self, owner: str, kind: str, ids: Sequence[str]) -> int:
        """Delete records with all that hangs on them."""
        gone = {(owner, kind, id_) for id_ in ids if self._view.records.get((owner, kind, id_))}
        self._remove(gone)
        return len(gone)

    async def scope_sets(self, owner: str) -> set[str]:
        """Return the distinct `scopes` of the owner's facets."""
        return {facet.scopes for _, row in self._of(owner) for facet in row.facets}

    async def erase_scopes(self, owner: str, scope_sets: frozenset[str]) -> Tally:
        """Delete the facets with these `scopes`, and records that lose their last facet by it."""
        emptied, erased = set(), 0
        for key, row in self._of(owner):
            doomed = [facet.name for facet in row.facets if facet.scopes in scope_sets]
            for name in doomed:
                await self.drop_facet(*key, name)
            erased += len(doomed)
            if doomed and len(doomed) == len(row.facets):
                emptied.add(key)
        self._remove(emptied)
        return Tally(len(emptied), erased)

    async def erase_owner(self, owner: str) -> Tally:
        """Delete every record of the owner."""
        own = dict(self._of(owner))
        self._remove(set(own))
        self._view.revisions.delete(owner)
        return Tally(len(own), sum(len(row.facets) for row in own.values()))

    def _of(self, owner: str) -> list[tuple[RecordKey, RecordRow]]:
        return list(self._view.records.items(lambda key: key[0] == owner))

    def _matches(self, owner: str, kind: str, row: RecordRow, wanted: Selection) -> bool:
        position = (row.time, row.id)
        return (
            (wanted.since is None or row.time >= wanted.since)
            and (wanted.until is None or NO_TIME < row.time < wanted.until)
            and (not wanted.states or row.state in wanted.states)
            and row.revision > wanted.changed_after
            and (
                wanted.after is None
                or (position < wanted.after if wanted.newest_first else position > wanted.after)
            )
            and all(self._labelled(owner, kind, row, any_of) for any_of in wanted.digests)
        )

    def _labelled(self, owner: str, kind: str, row: RecordRow, any_of: frozenset[bytes]) -> bool:
        labels = (self._view.labels.get((owner, kind, row.id, facet.name)) for facet in row.facets)
        return any(found and any_of & found for found in labels)

    def _claim_fingerprint(self, owner: str, kind: str, id_: str, fingerprint: bytes) -> None:
        holder = self._view.fingerprints.get((owner, kind, fingerprint))
        if holder not in (None, id_):
            raise AlreadyExists(f"another {kind} has this fingerprint")
        self._view.fingerprints.set((owner, kind, fingerprint), id_)

    def _remove(self, records: set[RecordKey]) -> None:
        for owner, kind, id_ in records:
            row = self._view.records.get((owner, kind, id_))
            for facet in row.facets if row else ():
                self._view.labels.delete((owner, kind, id_, facet.name))
            self._view.records.delete((owner, kind, id_))
        for key, id_ in self._view.fingerprints.items(lambda _: True):
            if (*key[:2], id_) in records:
                self._view.fingerprints.delete(key)


def _only(row: RecordRow, names: frozenset[str] | None) -> RecordRow:
    return replace(row, facets=tuple(f for f in row.facets if names is None or f.name in names))
