"""Records of the Catalog: a few plain columns to find them by, and sealed facets with the rest."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import TypeVar

from services.domain.errors import NotFound
from services.domain.facets import Facet, Label
from services.domain.identity import OwnerId

F = TypeVar("F", bound=Facet)


class Kind(StrEnum):
    """What a record is about."""

    ACCOUNT = "account"
    ASSET = "asset"
    AUDIT = "audit"
    EVENT = "event"
    FEEDBACK = "feedback"
    OCCASION = "occasion"
    PERSON = "person"
    STORY = "story"


class AssetState(StrEnum):
    """How far an asset has come; metadata and inference each move it on."""

    STORED = "stored"
    DESCRIBED = "described"
    ANALYSED = "analysed"
    UNREADABLE = "unreadable"


class StoryState(StrEnum):
    """What became of a proposal."""

    PROPOSED = "proposed"
    SAVED = "saved"
    DISMISSED = "dismissed"
    SHARED = "shared"


@dataclass(frozen=True)
class Record:
    """One record as read from the Catalog, its facets opened."""

    owner: OwnerId
    kind: Kind
    id: str
    time: datetime | None = None
    """The capture time of an asset, the start of an event or story, the time of an audit entry; UTC."""
    state: str = ""
    revision: int = 0
    """Grows with every change of any record of this owner: the cursor for "what changed since"."""
    facets: Mapping[type[Facet], Facet] = field(default_factory=dict)

    def get(self, facet: type[F]) -> F | None:
        """Return the facet, or None where it is unknown or not consented to."""
        found = self.facets.get(facet)
        return found if isinstance(found, facet) else None

    def require(self, facet: type[F]) -> F:
        """Return a facet that such records have; raise NotFound where consent to it was just taken back.

        Between the reading of a record and of its key the key may be destroyed: the record is then as good
        as gone, and soon will be.
        """
        found = self.get(facet)
        if found is None:
            raise NotFound(f"there is no {self.kind} {self.id}")
        return found


@dataclass(frozen=True, slots=True)
class Query:
    """Which records to find, all conditions together."""

    since: datetime | None = None
    """At or after this time."""
    until: datetime | None = None
    """Before this time."""
    states: frozenset[str] = frozenset()
    """Any of these states; empty for all."""
    labels: tuple[Label, ...] = ()
    """All of these labels."""
    changed_after: int = 0
    """Revision greater than this."""
    newest_first: bool = False
    after: tuple[datetime | None, str] | None = None
    """The (time, id) of the last record of the page before."""
    limit: int | None = None
    facets: frozenset[type[Facet]] | None = None
    """Open only these facets, where the others are not needed; None for all."""


@dataclass(frozen=True, slots=True)
class Erasure:
    """How much an erasure removed."""

    records: int = 0
    facets: int = 0
    blobs: int = 0
    bytes: int = 0

    def __add__(self, other: Erasure) -> Erasure:
        return Erasure(
            self.records + other.records,
            self.facets + other.facets,
            self.blobs + other.blobs,
            self.bytes + other.bytes,
        )
