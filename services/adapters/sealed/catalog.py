"""The sealed Catalog: the only place where facets are sealed and opened."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime

from services.adapters.outbox import rows_for, topic
from services.adapters.rows import Change, RecordRow, Rows, RowStore, Selection, Tally, microseconds
from services.adapters.sealed.facet_seal import open_records, seal_facet, split_scopes
from services.adapters.sealed.labels import (
    FINGERPRINT_SCOPES,
    digest_fingerprint,
    digest_fingerprints,
    digests_of,
    possible_digests,
)
from services.domain.consent import Scope
from services.domain.errors import ConsentRequired, LeaseLost, NotFound
from services.domain.facets import Facet
from services.domain.identity import OwnerId
from services.domain.leases import Lease
from services.domain.messages import Consumer, Message
from services.domain.ports import KeyRing, Signals
from services.domain.records import Erasure, Kind, Query, Record


class SealedCatalog:
    """Fulfils `ports.Catalog` over a row store."""

    def __init__(self, rows: RowStore, keyring: KeyRing, signals: Signals) -> None:
        self._rows = rows
        self._keyring = keyring
        self._signals = signals

    async def get(self, owner: OwnerId, kind: Kind, id_: str) -> Record:
        """Return a record; raise NotFound."""
        # Keys are read after the connection is given back: holding one while waiting for another would
        # leave as many callers as there are connections waiting for each other.
        async with self._rows.read() as rows:
            found = await rows.records.get(owner, kind, [id_])
        return await _only(self._keyring, owner, kind, id_, found)

    async def get_many(self, owner: OwnerId, kind: Kind, ids: Sequence[str]) -> list[Record]:
        """Return those of the records that exist, in the order of `ids`."""
        async with self._rows.read() as rows:
            found = await rows.records.get(owner, kind, ids)
        records = {record.id: record for record in await open_records(self._keyring, owner, kind, found)}
        return [records[id_] for id_ in ids if id_ in records]

    async def find(self, owner: OwnerId, kind: Kind, query: Query = Query()) -> list[Record]:
        """Return the records that match, by (time, id)."""
        selection = await _selection(self._keyring, owner, kind, query)
        async with self._rows.read() as rows:
            found = await rows.records.select(owner, kind, selection)
        return await open_records(self._keyring, owner, kind, found)

    async def count(self, owner: OwnerId, kind: Kind, query: Query = Query()) -> int:
        """Return how many records match, without opening them."""
        selection = await _selection(self._keyring, owner, kind, query)
        async with self._rows.read() as rows:
            return await rows.records.count(owner, kind, replace(selection, after=None, limit=None))

    async def lookup(self, owner: OwnerId, kind: Kind, fingerprints: Sequence[bytes]) -> Mapping[bytes, str]:
        """Return the ids of the records that have these fingerprints; none where nothing is granted."""
        try:
            key = await self._keyring.key(owner, FINGERPRINT_SCOPES)
        except ConsentRequired:
            return {}
        hashes = dict(zip(digest_fingerprints(key, kind, fingerprints), fingerprints, strict=True))
        async with self._rows.read() as rows:
            found = await rows.records.ids_of(owner, kind, list(hashes))
        return {hashes[digest]: id_ for digest, id_ in found.items()}

    @asynccontextmanager
    async def transaction(self, owner: OwnerId) -> AsyncIterator[SealedTransaction]:
        """Open a transaction: commits at exit, rolls back on an exception. Do not nest them."""
        async with self._rows.write(owner) as rows:
            # After the turn began: a key that is destroyed from here on is followed by an erasure that waits.
            await self._keyring.refresh(owner)
            transaction = SealedTransaction(rows, self._keyring, owner)
            yield transaction
        for consumer in transaction.addressed:
            self._signals.notify(topic(consumer))

    async def owners(self) -> list[OwnerId]:
        """Return every owner that has any record."""
        async with self._rows.read() as rows:
            return [OwnerId(owner) for owner in await rows.records.owners()]

    async def erase(self, owner: OwnerId, scopes: frozenset[Scope] | None) -> Erasure:
        """Remove every facet that rests on one of these scopes; None: everything of the owner."""
        async with self._rows.write(owner) as rows:
            tally = await (_erase_all(rows, owner) if scopes is None else _erase(rows, owner, scopes))
        await self._rows.purge(owner)
        return Erasure(records=tally.records, facets=tally.facets)


class SealedTransaction:
    """Fulfils `ports.Transaction`."""

    def __init__(self, rows: Rows, keyring: KeyRing, owner: OwnerId) -> None:
        self._rows = rows
        self._keyring = keyring
        self._owner = owner
        self._revision: int | None = None
        self.addressed: set[Consumer] = set()
        """Consumers to wake once this has committed."""

    async def get(self, kind: Kind, id_: str) -> Record:
        """Return a record as this transaction sees it; raise NotFound."""
        found = await self._rows.records.get(self._owner, kind, [id_])
        return await _only(self._keyring, self._owner, kind, id_, found)

    async def find(self, kind: Kind, query: Query = Query()) -> list[Record]:
        """Return the records that match, as this transaction sees them."""
        selection = await _selection(self._keyring, self._owner, kind, query)
        found = await self._rows.records.select(self._owner, kind, selection)
        return await open_records(self._keyring, self._owner, kind, found)

    async def count(self, kind: Kind) -> int:
        """Return how many records there are, as this transaction sees them."""
        return await self._rows.records.count(self._owner, kind, Selection())

    async def put(
        self,
        kind: Kind,
        id_: str,
        *facets: Facet,
        time: datetime | None = None,
        state: str | None = None,
        fingerprint: bytes | None = None,
    ) -> None:
        """Create or change a record; raise AlreadyExists, ConsentRequired."""
        keys = [await self._keyring.key(self._owner, facet.scopes) for facet in facets]
        change = Change(
            revision=await self._next_revision(),
            time=None if time is None else microseconds(time),
            state=state,
            fingerprint=None if fingerprint is None else await self._fingerprint(kind, fingerprint),
        )
        await self._rows.records.put(self._owner, kind, id_, change)
        sealed = {
            seal_facet(key, self._owner, kind, id_, facet): digests_of(key, kind, facet)
            for facet, key in zip(facets, keys, strict=True)
        }
        if sealed:
            await self._rows.records.put_facets(self._owner, kind, id_, sealed)

    async def drop(self, kind: Kind, id_: str, facet: type[Facet]) -> None:
        """Remove one facet of a record if it is there."""
        await self._rows.records.drop_facet(self._owner, kind, id_, facet.NAME)

    async def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        """Delete records; return how many there were."""
        return await self._rows.records.delete(self._owner, kind, ids)

    async def fence(self, lease: Lease) -> None:
        """Raise LeaseLost where the lease is somebody else's by now; nobody takes it before this ends."""
        if not await self._rows.leases.in_force([lease]):
            raise LeaseLost(f"partition {lease.partition} is somebody else's")

    async def publish(self, message: Message) -> None:
        """Write a message to the outbox, a row for each consumer."""
        rows = rows_for(message)
        await self._rows.outbox.add(rows)
        self.addressed.update(Consumer(row.consumer) for row in rows)

    async def _next_revision(self) -> int:
        if self._revision is None:
            self._revision = await self._rows.records.next_revision(self._owner)
        return self._revision

    async def _fingerprint(self, kind: Kind, fingerprint: bytes) -> bytes:
        key = await self._keyring.key(self._owner, FINGERPRINT_SCOPES)
        return digest_fingerprint(key, kind, fingerprint)


async def _only(keyring: KeyRing, owner: OwnerId, kind: Kind, id_: str, found: Sequence[RecordRow]) -> Record:
    if not found:
        raise NotFound(f"there is no {kind} {id_}")
    (record,) = await open_records(keyring, owner, kind, found)
    return record


async def _selection(keyring: KeyRing, owner: OwnerId, kind: Kind, query: Query) -> Selection:
    digests = [await possible_digests(keyring, owner, kind, label) for label in query.labels]
    return Selection(
        since=None if query.since is None else microseconds(query.since),
        until=None if query.until is None else microseconds(query.until),
        states=query.states,
        digests=tuple(digests),
        changed_after=query.changed_after,
        newest_first=query.newest_first,
        after=None if query.after is None else (microseconds(query.after[0]), query.after[1]),
        limit=query.limit,
        facets=None if query.facets is None else frozenset(facet.NAME for facet in query.facets),
    )


async def _erase(rows: Rows, owner: OwnerId, scopes: frozenset[Scope]) -> Tally:
    if Scope.CLOUD_PROCESSING in scopes:  # nothing is left to work on, and dead letters tell of files
        await rows.outbox.erase_owner(owner)
    present = await rows.records.scope_sets(owner)
    doomed = frozenset(text for text in present if split_scopes(text) & scopes)
    return await rows.records.erase_scopes(owner, doomed)


async def _erase_all(rows: Rows, owner: OwnerId) -> Tally:
    await rows.outbox.erase_owner(owner)
    return await rows.records.erase_owner(owner)
