"""The rows under the Catalog, the key ring and the bus: what a database must do for them.

Internal to the adapters. Rows hold sealed bytes and keyed hashes only; `catalog.py` seals and opens them.
Times are microseconds since 1970 UTC.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Protocol

from services.adapters.lease_rows import LeaseRows
from services.adapters.outbox_rows import OutboxRows

NO_TIME = -(2**63)
"""The time of a record that has none: sorts first, matches no range."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def microseconds(at: datetime | None) -> int:
    """Return an aware time as microseconds since 1970 UTC; NO_TIME for None."""
    return NO_TIME if at is None else (at - _EPOCH) // timedelta(microseconds=1)


def moment(at: int) -> datetime | None:
    """Undo `microseconds`."""
    return None if at == NO_TIME else _EPOCH + timedelta(microseconds=at)


@dataclass(frozen=True, slots=True)
class FacetRow:
    """One sealed facet; `scopes` are those whose keys sealed it, sorted and joined by '+'."""

    name: str
    scopes: str
    sealed: bytes


@dataclass(frozen=True, slots=True)
class RecordRow:
    """The plain columns of a record, with those of its facets that were asked for."""

    id: str
    time: int
    state: str
    revision: int
    facets: tuple[FacetRow, ...] = ()


@dataclass(frozen=True, slots=True)
class Change:
    """What to set of a record; None leaves a column as it is."""

    revision: int
    time: int | None = None
    state: str | None = None
    fingerprint: bytes | None = None


@dataclass(frozen=True, slots=True)
class Selection:
    """Which rows to select: `records.Query` with labels as keyed hashes and times as numbers."""

    since: int | None = None
    until: int | None = None
    states: frozenset[str] = frozenset()
    digests: tuple[frozenset[bytes], ...] = ()
    """For each label that must match, its hashes under every key that may have made it."""
    changed_after: int = 0
    newest_first: bool = False
    after: tuple[int, str] | None = None
    limit: int | None = None
    facets: frozenset[str] | None = None
    """Names of the facets to fetch; None for all."""


@dataclass(frozen=True, slots=True)
class Tally:
    """How many rows an erasure removed."""

    records: int = 0
    facets: int = 0


class RecordRows(Protocol):
    """Records, facets and labels of all owners."""

    async def select(self, owner: str, kind: str, selection: Selection) -> list[RecordRow]:
        """Return the records that match, by (time, id)."""
        ...

    async def count(self, owner: str, kind: str, selection: Selection) -> int:
        """Return how many records match; `limit` and `after` play no part."""
        ...

    async def get(
        self, owner: str, kind: str, ids: Sequence[str], facets: frozenset[str] | None = None
    ) -> list[RecordRow]:
        """Return those of the records that exist, in any order."""
        ...

    async def ids_of(self, owner: str, kind: str, fingerprints: Sequence[bytes]) -> Mapping[bytes, str]:
        """Return the ids of the records with these fingerprint hashes."""
        ...

    async def owners(self) -> list[str]:
        """Return every owner that has a record, sorted."""
        ...

    async def next_revision(self, owner: str) -> int:
        """Count up and return the owner's revision."""
        ...

    async def put(self, owner: str, kind: str, id_: str, change: Change) -> None:
        """Create or change a record; raise AlreadyExists for a fingerprint that another record has."""
        ...

    async def put_facets(
        self, owner: str, kind: str, id_: str, facets: Mapping[FacetRow, frozenset[bytes] | None]
    ) -> None:
        """Create or replace facets of an existing record and the labels that each gives.

        None stands for a facet that never gave any: then there are no old ones to look for.
        """
        ...

    async def drop_facet(self, owner: str, kind: str, id_: str, name: str) -> None:
        """Remove a facet and its labels if they are there."""
        ...

    async def delete(self, owner: str, kind: str, ids: Sequence[str]) -> int:
        """Delete records with all that hangs on them; return how many there were."""
        ...

    async def scope_sets(self, owner: str) -> set[str]:
        """Return the distinct `scopes` of the owner's facets."""
        ...

    async def erase_scopes(self, owner: str, scope_sets: frozenset[str]) -> Tally:
        """Delete every facet with these `scopes`, and records that lose their last facet by it."""
        ...

    async def erase_owner(self, owner: str) -> Tally:
        """Delete every record of the owner and the revision counter."""
        ...


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One data key, wrapped under the master key."""

    owner: str
    name: str
    wrapped: bytes


class KeyRows(Protocol):
    """Wrapped data keys, by owner and name."""

    async def everybodys(self) -> list[KeyRow]:
        """Return every key there is."""
        ...

    async def replace(self, keys: Sequence[KeyRow]) -> None:
        """Wrap keys that exist differently."""
        ...

    async def all(self, owner: str) -> Mapping[str, bytes]:
        """Return the owner's wrapped keys by name."""
        ...

    async def add(self, owner: str, name: str, wrapped: bytes) -> None:
        """Keep a key unless one of this name exists."""
        ...

    async def delete(self, owner: str, names: Sequence[str]) -> None:
        """Delete keys if they are there."""
        ...


class Rows(Protocol):
    """All rows as one transaction sees them."""

    @property
    def records(self) -> RecordRows:
        """Records, facets, labels."""
        ...

    @property
    def keys(self) -> KeyRows:
        """Wrapped keys."""
        ...

    @property
    def outbox(self) -> OutboxRows:
        """Messages."""
        ...

    @property
    def leases(self) -> LeaseRows:
        """Who works on whom."""
        ...


class RowStore(Protocol):
    """A database."""

    def read(self) -> AbstractAsyncContextManager[Rows]:
        """See one consistent state; never waits for a writer."""
        ...

    def write(self, owner: str | None = None) -> AbstractAsyncContextManager[Rows]:
        """Change rows: durable at exit, undone on an exception. Writers must not nest.

        Transactions of one owner take turns, in all processes: each sees all that the one before did. Those
        of different owners, or of none, may be under way at once and lock only the rows that they change.
        """
        ...

    async def purge(self, owner: str | None = None) -> None:
        """Make what was deleted of an owner (None: of anybody) unreadable on the disk, as far as it goes.

        This may rewrite the whole store.
        """
        ...

    async def close(self) -> None:
        """Let go of files and connections."""
        ...
