"""What the domain needs of the world, as protocols; `services.adapters` fulfils them.

Every adapter translates its vendor's exceptions into those of `services.domain.errors`.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from services.domain.capture import MediaFacts
from services.domain.consent import Scope
from services.domain.facets import Content, Faces, Facet
from services.domain.identity import OwnerId
from services.domain.media import Coordinates, MediaKind, Place
from services.domain.messages import Consumer, Message
from services.domain.records import Erasure, Kind, Query, Record


class Clock(Protocol):
    """The time of day, so that tests and demos can choose it."""

    def now(self) -> datetime:
        """Return the current time, UTC and aware."""
        ...


class StagedBlob(Protocol):
    """A blob that is still growing; it survives the process that writes it."""

    @property
    def size(self) -> int:
        """Bytes that are durable and may be relied upon."""
        ...

    async def append(self, data: bytes) -> None:
        """Add bytes at the end; durable after `flush` or `commit`."""
        ...

    async def flush(self) -> None:
        """Make everything appended so far durable, where the store can; else as much as it can."""
        ...

    async def read(self, offset: int, length: int) -> bytes:
        """Read staged bytes again (fewer at the end), to resume a hash."""
        ...

    async def truncate(self, size: int) -> None:
        """Drop all bytes but the first `size`, a boundary between two appends."""
        ...

    async def commit(self, key: str) -> None:
        """Make it the blob of this name, durably and atomically; the stage is gone afterwards.

        Raises NotFound when somebody deleted the stage meanwhile.
        """
        ...

    async def discard(self) -> None:
        """Forget it."""
        ...


class BlobStore(Protocol):
    """Named sequences of bytes. Keys begin with the owner; it neither knows nor opens what it holds."""

    async def stage(self, key: str) -> StagedBlob:
        """Open the stage of this name, empty or with what an earlier writer left in it."""
        ...

    async def size(self, key: str) -> int:
        """Return the size in bytes; raise NotFound."""
        ...

    async def read(self, key: str, offset: int, length: int) -> bytes:
        """Read a range, shorter at the end of the blob; raise NotFound."""
        ...

    async def delete(self, key: str) -> int:
        """Delete a blob if it is there; return the bytes freed."""
        ...

    async def delete_prefix(self, prefix: str) -> Erasure:
        """Delete every blob and stage whose key begins so; return how many and how much."""
        ...

    def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys of committed blobs that begin so."""
        ...


class SealingKey(Protocol):
    """A key in use: seals, opens and makes keyed hashes; it never shows itself."""

    def seal(self, plaintext: bytes, context: bytes) -> bytes:
        """Encrypt and authenticate (AES-256-GCM, random nonce); context is authenticated too."""
        ...

    def open(self, sealed: bytes, context: bytes) -> bytes:
        """Undo `seal`; raise SealBroken."""
        ...

    def digest(self, value: bytes) -> bytes:
        """Return a keyed hash (HMAC-SHA-256, 16 bytes): equal for equal values under this key only."""
        ...


class KeyRing(Protocol):
    """Every owner's data keys, one for the account and one for each scope, envelope-encrypted."""

    async def create(self, owner: OwnerId, scope: Scope | None) -> None:
        """Make the key of a scope (None: of the account) unless it exists."""
        ...

    async def scopes(self, owner: OwnerId) -> frozenset[Scope]:
        """Return the scopes whose keys exist."""
        ...

    async def key(self, owner: OwnerId, scopes: frozenset[Scope]) -> SealingKey:
        """Return the key of all these scopes together (none: of the account).

        Raises ConsentRequired, naming the scope, where a scope's key does not exist.
        """
        ...

    async def destroy(self, owner: OwnerId, scopes: frozenset[Scope], *, account: bool) -> None:
        """Destroy keys for good, the account's too if asked; what they sealed is noise from here on."""
        ...


Patch = tuple[int, bytes]
"""(offset, bytes to put there instead): a file patched so keeps its length."""


class StagedOriginal(Protocol):
    """An upload in progress, sealed segment by segment."""

    @property
    def committed(self) -> int:
        """Plaintext bytes that are durable: where a resumed write continues."""
        ...

    async def append(self, data: bytes) -> None:
        """Add plaintext at the end."""
        ...

    async def flush(self) -> None:
        """Make whole segments durable."""
        ...

    def plaintext(self) -> AsyncIterator[bytes]:
        """Yield what is committed again, to resume a hash; damaged segments are dropped from the end."""
        ...

    def as_file(self) -> AbstractAsyncContextManager[Path]:
        """Lend what was appended so far as a private temporary file, removed at exit."""
        ...

    async def commit(self, patches: Sequence[Patch] = ()) -> None:
        """Seal the rest, with the patches laid over it, and make it the original, durably.

        Raises NotFound when somebody deleted the upload meanwhile.
        """
        ...

    async def discard(self) -> None:
        """Forget it."""
        ...


class Vault(Protocol):
    """Originals, sealed in segments under the owner's CLOUD_PROCESSING key."""

    async def stage(self, owner: OwnerId, key: str) -> StagedOriginal:
        """Open the upload of this original, new or as it was left; raise ConsentRequired."""
        ...

    async def size(self, owner: OwnerId, key: str) -> int:
        """Return the plaintext size; raise NotFound."""
        ...

    async def read(self, owner: OwnerId, key: str, offset: int = 0, length: int = -1) -> bytes:
        """Return a plaintext range (−1: to the end); raise NotFound, SealBroken."""
        ...

    def as_file(
        self, owner: OwnerId, key: str, patches: Sequence[Patch] = ()
    ) -> AbstractAsyncContextManager[Path]:
        """Lend the plaintext, with the patches laid over it, as a private temporary file, removed at exit."""
        ...

    async def delete(self, owner: OwnerId, key: str) -> Erasure:
        """Delete an original."""
        ...

    async def erase(self, owner: OwnerId) -> Erasure:
        """Delete every original and upload of the owner."""
        ...


class Transaction(Protocol):
    """Changes to one owner's records that happen together or not at all, and the messages they cause."""

    async def get(self, kind: Kind, id_: str) -> Record:
        """Return a record as this transaction sees it; raise NotFound."""
        ...

    async def find(self, kind: Kind, query: Query = Query()) -> list[Record]:
        """Return the records that match, as this transaction sees them."""
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


class Delivery(Protocol):
    """A message handed to a consumer, who must say what became of it."""

    @property
    def message(self) -> Message:
        """The message."""
        ...

    @property
    def attempt(self) -> int:
        """1 for the first delivery."""
        ...

    async def ack(self) -> None:
        """Done: do not deliver it to this consumer again, unless the process dies in the next moment."""
        ...

    async def retry(self, delay: float, *, counts: bool = True) -> None:
        """Deliver it again after this many seconds; an attempt that failed blamelessly need not count."""
        ...

    async def bury(self, reason: str) -> None:
        """Give up: keep it among the dead letters with the reason."""
        ...


class EventBus(Protocol):
    """Durable, at-least-once delivery to each consumer: fair between owners, newest first."""

    async def fetch(self, consumer: Consumer, limit: int, timeout: float) -> list[Delivery]:
        """Take up to `limit` messages, waiting up to `timeout` seconds for the first."""
        ...

    async def pending(self, consumer: Consumer) -> int:
        """Return how many messages wait for or are with the consumer."""
        ...


class Signals(Protocol):
    """Hints that something changed, for streams that watch; a lost one only delays."""

    def notify(self, topic: str) -> None:
        """Wake whoever waits for the topic."""
        ...

    async def wait(self, topic: str, timeout: float) -> bool:
        """Wait for the topic; False after `timeout` seconds."""
        ...


class MediaProbe(Protocol):
    """Reads what a file says of itself, safely: a crash in a parser costs that file only."""

    async def probe(self, path: Path, media_type: str, *, location: bool) -> MediaFacts:
        """Return the facts, coordinates only if `location`; raise UnreadableMedia with the reason."""
        ...


class LocationStripper(Protocol):
    """Finds the coordinates inside media files."""

    async def find(self, path: Path) -> Sequence[Patch]:
        """Return patches that blank every coordinate, by offset, not overlapping; none for a file without.

        Damaged files give what can be found in them.
        """
        ...


class Signer(Protocol):
    """Signs receipts."""

    @property
    def public_key(self) -> bytes:
        """Ed25519, 32 bytes."""
        ...

    def sign(self, statement: bytes) -> bytes:
        """Return the Ed25519 signature, 64 bytes."""
        ...


class Gazetteer(Protocol):
    """Names for points on Earth, offline."""

    def place(self, coordinates: Coordinates) -> Place | None:
        """Return the place that people would say they were at; None far from anywhere."""
        ...

    def time_zone(self, coordinates: Coordinates) -> str:
        """Return the IANA time zone of the point (also at sea)."""
        ...


@dataclass(frozen=True)
class Sight:
    """What Vision saw: None for what it was not asked to look for."""

    width: int
    height: int
    faces: Faces | None
    content: Content | None


@dataclass(frozen=True, slots=True)
class VisionModel:
    """A model in use: what it does, whence its weights, under which licence."""

    name: str
    purpose: str
    licence: str
    source: str
    sha256: str


class Vision(Protocol):
    """Looks at pictures."""

    def models(self) -> Sequence[VisionModel]:
        """Return the models in use, by name."""
        ...

    async def look(
        self, source: Path | bytes, kind: MediaKind, scopes: frozenset[Scope], owner: OwnerId
    ) -> Sight:
        """Analyse a photo or video (a file or its bytes) as far as the scopes allow (FACES, CONTENT).

        What kind of picture it is, is read from the bytes. Owners take turns.

        Raises UnreadableMedia with the reason, or Unavailable when the model server is away.
        """
        ...
