"""Tables as dictionaries, and a transaction as a layer of changes above them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from services.adapters.outbox_rows import OutboxRow
from services.adapters.rows import RecordRow
from services.domain.leases import Lease

K = TypeVar("K")
V = TypeVar("V")


class Layer(Generic[K, V]):
    """A dictionary seen through uncommitted changes; others see the dictionary until `commit`."""

    def __init__(self, base: dict[K, V]) -> None:
        self._base = base
        self._changes: dict[K, V | None] = {}

    def get(self, key: K) -> V | None:
        """Return the value or None."""
        return self._changes[key] if key in self._changes else self._base.get(key)

    def set(self, key: K, value: V) -> None:
        """Set a value."""
        self._changes[key] = value

    def delete(self, key: K) -> None:
        """Remove a value if it is there."""
        self._changes[key] = None

    def items(self, wanted: Callable[[K], bool]) -> Iterator[tuple[K, V]]:
        """Yield the pairs whose key is wanted, from a snapshot."""
        for key in [k for k in {**self._base, **self._changes} if wanted(k)]:
            value = self.get(key)
            if value is not None:
                yield key, value

    def commit(self) -> None:
        """Move the changes into the dictionary."""
        for key, value in self._changes.items():
            if value is None:
                self._base.pop(key, None)
            else:
                self._base[key] = value


RecordKey = tuple[str, str, str]
"""(owner, kind, id)."""
FacetKey = tuple[str, str, str, str]
"""(owner, kind, id, facet)."""


@dataclass
class Tables:
    """What is committed."""

    records: dict[RecordKey, RecordRow] = field(default_factory=dict)
    """With all their facets."""
    labels: dict[FacetKey, frozenset[bytes]] = field(default_factory=dict)
    fingerprints: dict[tuple[str, str, bytes], str] = field(default_factory=dict)
    revisions: dict[str, int] = field(default_factory=dict)
    keys: dict[tuple[str, str], bytes] = field(default_factory=dict)
    outbox: dict[tuple[str, str], OutboxRow] = field(default_factory=dict)
    holders: dict[str, int] = field(default_factory=dict)
    leases: dict[int, Lease] = field(default_factory=dict)


class View:
    """What one transaction sees of the tables."""

    def __init__(self, tables: Tables) -> None:
        self.records = Layer(tables.records)
        self.labels = Layer(tables.labels)
        self.fingerprints = Layer(tables.fingerprints)
        self.revisions = Layer(tables.revisions)
        self.keys = Layer(tables.keys)
        self.outbox = Layer(tables.outbox)
        self.holders = Layer(tables.holders)
        self.leases = Layer(tables.leases)

    def commit(self) -> None:
        """Make the changes everybody's."""
        for layer in vars(self).values():
            layer.commit()
