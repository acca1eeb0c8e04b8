"""Libraries as the product stores them, as rows: records, sealed facets, labels, lines of the audit log."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple, Protocol

from services.adapters.rows import FacetRow, microseconds
from services.adapters.sealed.facet_seal import seal_facet
from services.adapters.sealed.labels import digest_fingerprint, digests_of
from services.domain.accounts import AuditAction, AuditEntry
from services.domain.consent import Scope
from services.domain.facets import Appearances, Content, Description, Faces, Facet, Location, Original, Tag
from services.domain.identity import AssetId, OwnerId, PersonId, fresh_blob_key, original_key, stable_id
from services.domain.media import Camera, CaptureTimeSource, Coordinates, MediaKind, Place
from services.domain.ports import SealingKey
from services.domain.records import AssetState, Kind, StoryState
from tests.stored_library import face, seen, story

FIRST = datetime(2014, 1, 1, tzinfo=UTC)
LAST = datetime(2026, 11, 1, tzinfo=UTC)
STORIES = 60
"""Of each owner, with a dozen pictures each."""
_SHOWN = 12
_PLACES = (
    Place("Lisbon", "Portugal", "PT"),
    Place("Graz", "Austria", "AT"),
    Place("Vienna", "Austria", "AT"),
)
_WORDS = ("beach", "dog", "mountain", "food", "city", "snow", "party")
_LOGGED = (AuditAction.ASSET_STORED, AuditAction.ASSET_DESCRIBED, AuditAction.ASSET_ANALYSED)

EVERYTHING = frozenset(Scope)
NO_MORE_THAN_NEEDED = frozenset({Scope.CLOUD_PROCESSING})


class RecordOf(NamedTuple):
    """A row of the table of records."""

    owner: str
    kind: str
    id: str
    time: int
    state: str
    revision: int
    fingerprint: bytes | None


class FacetOf(NamedTuple):
    """A row of the table of facets."""

    owner: str
    kind: str
    id: str
    name: str
    scopes: str
    sealed: bytes


class LabelOf(NamedTuple):
    """A row of the table of labels."""

    owner: str
    kind: str
    digest: bytes
    id: str
    name: str


class Seals(Protocol):
    """What makes rows of facets."""

    def facet(self, kind: Kind, id_: str, facet: Facet) -> tuple[FacetRow, frozenset[bytes]]:
        """Return a facet's row and the digests of its labels."""
        ...

    def fingerprint(self, sha256: bytes) -> bytes:
        """Return the keyed hash of a file's hash."""
        ...


@dataclass(frozen=True)
class Sealed:
    """Seals as the catalog does.

    Args:
        owner: Whose records these are.
        keys: By the scopes that a facet rests on.
    """

    owner: OwnerId
    keys: Mapping[frozenset[Scope], SealingKey]

    def facet(self, kind: Kind, id_: str, facet: Facet) -> tuple[FacetRow, frozenset[bytes]]:
        """See `Seals`."""
        key = self.keys[facet.scopes]
        return seal_facet(key, self.owner, kind, id_, facet), digests_of(key, kind, facet) or frozenset()

    def fingerprint(self, sha256: bytes) -> bytes:
        """See `Seals`."""
        return digest_fingerprint(self.keys[NO_MORE_THAN_NEEDED], Kind.ASSET, sha256)


@dataclass(frozen=True)
class Copied:
    """Rows of the very sizes for an owner whom nobody reads: each facet is sealed once, and then repeated."""

    first: Sealed
    owner: OwnerId
    _known: dict[str, FacetRow] = field(default_factory=dict)

    def facet(self, kind: Kind, id_: str, facet: Facet) -> tuple[FacetRow, frozenset[bytes]]:
        """See `Seals`."""
        if facet.NAME not in self._known:
            self._known[facet.NAME] = self.first.facet(kind, id_, facet)[0]
        labels = (f"{self.owner} {name} {value}".encode() for name, value in facet.labels())
        return self._known[facet.NAME], frozenset(hashlib.md5(label).digest() for label in labels)

    def fingerprint(self, sha256: bytes) -> bytes:
        """See `Seals`."""
        return sha256[:16]


@dataclass
class Rows:
    """What is copied into each table."""

    records: list[RecordOf] = field(default_factory=list)
    facets: list[FacetOf] = field(default_factory=list)
    labels: list[LabelOf] = field(default_factory=list)


def library(owner: OwnerId, photos: int, scopes: frozenset[Scope], seals: Seals) -> Iterator[Rows]:
    """Yield the rows of an owner's stories and photos, some thousand at a time.

    Facets that rest on other scopes are left away, and so are lines of the audit log but those of owners who
    allow everything: the others stand for the size of the tables that people wait for.
    """
    ids = [AssetId(stable_id(owner, str(number))) for number in range(photos)]
    rows = Rows()
    for number in range(STORIES):
        _add_story(rows, owner, number, ids, seals)
    for number, id_ in enumerate(ids):
        at = FIRST + (LAST - FIRST) * (number / photos)
        _add_photo(
            rows,
            owner,
            id_,
            number,
            at,
            seals,
            [f for f in _facets(owner, id_, number, at) if f.scopes <= scopes],
        )
        if scopes == EVERYTHING:
            _add_audit(rows, owner, id_, number, at, seals)
        if len(rows.records) >= 4000:
            yield rows
            rows = Rows()
    yield rows


def _facets(owner: OwnerId, id_: AssetId, number: int, at: datetime) -> Iterator[Facet]:
    digest, name = hashlib.sha256(id_.encode()).digest(), f"IMG_{number % 10_000:04}.JPG"
    key = fresh_blob_key(original_key(owner, id_))
    yield Original(
        name, f"{at:%Y/%m}/{name}", "image/jpeg", MediaKind.PHOTO, 3_800_000, digest, key, LAST, at
    )
    yield Description(
        at,
        CaptureTimeSource.EXIF_OFFSET,
        6,
        4032,
        3024,
        camera=Camera("Apple", "iPhone 15"),
        perceptual_hash=number,
    )
    yield Location(Coordinates(38.72 + number / 1e6, -9.14), _PLACES[number % 3])
    yield Faces((_FACE,) * (number % 3))
    yield Appearances((PersonId(stable_id(owner, f"person {number % 9}")),) * (number % 3))
    yield _CONTENT[number % len(_CONTENT)]


def _contents() -> Sequence[Content]:
    tags = tuple(Tag(word, 0.5) for word in (*_WORDS, "sandbar", "golden retriever"))
    looks = (seen("a view", *_WORDS[start : start + 3]) for start in range(4))
    return [Content(tags, look.themes, look.embedding, look.quality, look.sensitive) for look in looks]


_FACE, _CONTENT = face("Ana", "a picture"), _contents()


def _add_photo(
    rows: Rows, owner: OwnerId, id_: AssetId, number: int, at: datetime, seals: Seals, facets: Sequence[Facet]
) -> None:
    state = AssetState.ANALYSED
    fingerprint = seals.fingerprint(hashlib.sha256(id_.encode()).digest())
    rows.records.append(
        RecordOf(owner, Kind.ASSET, id_, microseconds(at), state, STORIES + number + 1, fingerprint)
    )
    _add_facets(rows, owner, Kind.ASSET, id_, seals, facets)


def _add_audit(rows: Rows, owner: OwnerId, id_: str, number: int, at: datetime, seals: Seals) -> None:
    for place, action in enumerate(_LOGGED):
        line = 3 * number + place + 1
        at += timedelta(seconds=1)
        entry = AuditEntry(action, at, id_, sequence=line, previous=bytes(32))
        rows.records.append(RecordOf(owner, Kind.AUDIT, f"{line:026x}", microseconds(at), "", line, None))
        _add_facets(rows, owner, Kind.AUDIT, f"{line:026x}", seals, [entry])


def _add_story(rows: Rows, owner: OwnerId, number: int, ids: Sequence[AssetId], seals: Seals) -> None:
    begin = number * len(ids) // STORIES
    told = story(
        stable_id(owner, f"story {number}"),
        *ids[begin : begin + _SHOWN],
        score=number / STORIES,
        evidence=(
            "12 photos on 3 May 2024",
            "taken in Lisbon",
            "with Ana and Ben",
            "because you saved three trips",
        ),
        place=_PLACES[0],
    )
    at = microseconds(told.start)
    rows.records.append(RecordOf(owner, Kind.STORY, told.id, at, StoryState.PROPOSED, number + 1, None))
    _add_facets(rows, owner, Kind.STORY, told.id, seals, [told])


def _add_facets(
    rows: Rows, owner: OwnerId, kind: Kind, id_: str, seals: Seals, facets: Sequence[Facet]
) -> None:
    for facet in facets:
        row, digests = seals.facet(kind, id_, facet)
        rows.facets.append(FacetOf(owner, kind, id_, row.name, row.scopes, row.sealed))
        rows.labels.extend(LabelOf(owner, kind, digest, id_, row.name) for digest in digests)
