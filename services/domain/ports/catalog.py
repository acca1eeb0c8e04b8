"""Where records are kept, sealed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime
from typing import Protocol

from services.domain.consent import Scope
from services.domain.facets import Facet
from services.domain.identity import OwnerId
from services.domain.leases import Lease
from services.domain.messages import Message
from services.domain.records import Erasure, Kind, Query, Record


class Transaction(Protocol):
    """Changes to one owner's records that happen together or not at all, and the messages they cause."""

    async def get(self, kind: Kind, id_: str) -> Record:
        """Return a record as this transaction sees it; raise NotFound."""
        ...

    async def find(self, kind: Kind, query: Query = Query()) -> list[Record]:
        """Return the records that match, as this transaction sees them."""
        ...

    async def count(self, kind: Kind) -> int:
        """Return how many records there are, as this transaction sees them, without opening them."""
        ...

    async def put(
        self,
        kind: Kind,
        id_: str,
        *facets: Facet,
        time: datetime | None = None,
        state: str | None = None,
        fingerprint: bytes | None = None,
    ) -> None:
        """Create or change a record: facets given replace those of their type, others stay.

        A `fingerprint` (an asset's SHA-256) is kept as a keyed hash and is unique for the owner and kind;
        raise AlreadyExists. Raises ConsentRequired where a facet's scope is not granted.
        """
        ...

    async def drop(self, kind: Kind, id_: str, facet: type[Facet]) -> None:
        """Remove one facet of a record if it is there."""
        ...

    async def delete(self, kind: Kind, ids: Sequence[str]) -> int:
        """Delete records; return how many there were."""
        ...

    async def fence(self, lease: Lease) -> None:
        """Raise LeaseLost where the lease is somebody else's by now; nobody takes it before this ends."""
        ...

    async def publish(self, message: Message) -> None:
        """Write a message to the outbox: it is delivered if and only if the transaction commits."""
        ...


class Catalog(Protocol):
    """Every owner's records, sealed."""

    async def get(self, owner: OwnerId, kind: Kind, id_: str) -> Record:
        """Return a record; raise NotFound."""
        ...

    async def get_many(self, owner: OwnerId, kind: Kind, ids: Sequence[str]) -> list[Record]:
        """Return those of the records that exist, in the order of `ids`."""
        ...

    async def find(self, owner: OwnerId, kind: Kind, query: Query = Query()) -> list[Record]:
        """Return the records that match, by (time, id), oldest first unless the query says else."""
        ...

    async def count(self, owner: OwnerId, kind: Kind, query: Query = Query()) -> int:
        """Return how many records match, without opening them (`after` and `limit` play no part)."""
        ...

    async def lookup(self, owner: OwnerId, kind: Kind, fingerprints: Sequence[bytes]) -> Mapping[bytes, str]:
        """Return the ids of the records that have these fingerprints."""
        ...

    def transaction(self, owner: OwnerId) -> AbstractAsyncContextManager[Transaction]:
        """Open a transaction: commits at exit, rolls back on an exception. One writer at a time."""
        ...

    async def owners(self) -> list[OwnerId]:
        """Return every owner that has any record."""
        ...

    async def erase(self, owner: OwnerId, scopes: frozenset[Scope] | None) -> Erasure:
        """Remove every facet that rests on one of these scopes (None: everything of the owner).

        A record that loses its last facet goes too. What was removed is gone from the disk as well.
        """
        ...
