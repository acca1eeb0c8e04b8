"""One owner's library as it is stored: the real catalog, vault and bus, filled by a test."""

from __future__ import annotations

import io
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from services.adapters.bundle import Ports
from services.adapters.clock import FixedClock
from services.adapters.leases import SoleLeases
from services.adapters.memory import MemoryBlobStore, MemoryRowStore
from services.adapters.outbox import OutboxBus
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.sealed.vault import SealedVault
from services.adapters.signals import LocalSignals
from services.domain.accounts import ACCOUNT_ID, AuditEntry, ConsentState
from services.domain.consent import Grant, Scope
from services.domain.facets import (
    Appearances,
    Content,
    Description,
    Face,
    Faces,
    Facet,
    Location,
    Original,
    Person,
    Tag,
    Vector,
)
from services.domain.identity import AssetId, OwnerId, PersonId, StoryId, original_key
from services.domain.media import Box, CaptureTimeSource, Coordinates, MediaKind, Place
from services.domain.messages import Consumer
from services.domain.ports import Catalog, Clock, EventBus, KeyRing, Leases, Signals, Vault
from services.domain.records import AssetState, Kind, StoryState
from services.domain.stories.story import Form, Story, StoryKind, StoryMedia

ANA, BEN = OwnerId("ana"), OwnerId("ben")
NOW = datetime(2024, 5, 10, 12, tzinfo=UTC)
LISBON = Location(Coordinates(38.72, -9.14), Place("Lisbon", "Portugal", "PT"))
GRAZ = Location(Coordinates(47.07, 15.44), Place("Graz", "Austria", "AT"))


def described(at: datetime, **changes: Any) -> Description:
    """A readable photo that its camera dated."""
    facts = {"width": 4000, "height": 3000} | changes
    return Description(at, CaptureTimeSource.EXIF_OFFSET, **facts)


def seen(of: str, *themes: str) -> Content:
    """What a good picture shows; every picture looks different."""
    words = tuple(Tag(theme, 0.9) for theme in themes)
    return Content(words, words, _unit(of, 1280), 0.7, 0.0)


def face(name: str, picture: str, quality: float = 0.8) -> Face:
    """How somebody looks in a picture: much as in any other."""
    vector = _unit(name, 128) + 0.1 * _unit(name + picture, 128)
    vector /= np.linalg.norm(vector)
    return Face(Box(0.4, 0.2, 0.6, 0.5), 0.9, ((0.5, 0.4),) * 5, vector, quality)


def story(id_: str, *assets: str, **changes: Any) -> Story:
    """A proposal that is due and shows these assets."""
    facts: dict[str, Any] = {
        "id": StoryId(id_),
        "kind": StoryKind.EVENT,
        "form": Form.COLLAGE,
        "title": "An afternoon",
        "subtitle": "3 May 2024",
        "cover": AssetId(assets[0]),
        "media": tuple(StoryMedia(AssetId(asset)) for asset in assets),
        "score": 0.5,
        "evidence": ("3 photos",),
        "start": datetime(2024, 5, 3, 12, tzinfo=UTC),
        "end": datetime(2024, 5, 3, 15, tzinfo=UTC),
        "due": date(2024, 5, 4),
        "expires": None,
        "rests_on": frozenset(),
    }
    return Story(**facts | changes)


def jpeg(seed: int = 0, size: tuple[int, int] = (320, 240)) -> bytes:
    """A smooth colourful photo."""
    noise = np.random.default_rng(seed).integers(30, 226, (6, 6, 3), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise).resize(size, Image.Resampling.BICUBIC).save(file, "JPEG")
    return file.getvalue()


@dataclass(frozen=True)
class StoredLibrary:
    """What one owner keeps, and the ports that hold it."""

    catalog: Catalog
    keyring: KeyRing
    vault: Vault
    bus: EventBus
    leases: Leases
    signals: Signals
    clock: Clock
    owner: OwnerId = ANA

    @staticmethod
    def in_memory(folder: Path, owner: OwnerId = ANA, rows: MemoryRowStore | None = None) -> StoredLibrary:
        """Open a library whose short-lived files go below the folder."""
        rows, signals, clock = rows or MemoryRowStore(), LocalSignals(), FixedClock(NOW)
        keyring = EnvelopeKeyRing(rows, AesSealingKey(bytes(32)))
        scratch = ScratchSpace(folder / "scratch", folder / "no tmpfs")
        return StoredLibrary(
            catalog=SealedCatalog(rows, keyring, signals),
            keyring=keyring,
            vault=SealedVault(MemoryBlobStore(), keyring, scratch),
            bus=OutboxBus(rows, clock, signals),
            leases=SoleLeases(rows),
            signals=signals,
            clock=clock,
            owner=owner,
        )

    @staticmethod
    def over(ports: Ports, owner: OwnerId = ANA) -> StoredLibrary:
        """Open the library that a server over these ports shows its owner."""
        return StoredLibrary(
            catalog=ports.catalog,
            keyring=ports.keyring,
            vault=ports.vault,
            bus=ports.bus,
            leases=ports.leases,
            signals=ports.signals,
            clock=ports.clock,
            owner=owner,
        )

    async def grant(self, *scopes: Scope) -> None:
        """Make these scopes, and no others, the owner's consent."""
        gone = frozenset(await self.keyring.scopes(self.owner)) - frozenset(scopes)
        if gone:
            await self.keyring.destroy(self.owner, gone, account=False)
            await self.catalog.erase(self.owner, gone)
        for scope in (None, *scopes):
            await self.keyring.create(self.owner, scope)
        state = ConsentState(tuple(Grant(scope, "1", NOW) for scope in scopes))
        async with self.catalog.transaction(self.owner) as tx:
            await tx.put(Kind.ACCOUNT, ACCOUNT_ID, state)

    async def add(
        self,
        id_: str,
        at: datetime,
        *facets: Facet,
        who: Sequence[str] = (),
        data: bytes = b"",
        state: AssetState = AssetState.ANALYSED,
        kind: MediaKind = MediaKind.PHOTO,
    ) -> None:
        """Store an asset as it is once it has come so far; `who` are the looks of those in it."""
        key = original_key(self.owner, AssetId(id_))
        if data:
            stage = await self.vault.stage(self.owner, key)
            await stage.append(data)
            await stage.commit()
        name, mime = (f"{id_}.mp4", "video/mp4") if kind is MediaKind.VIDEO else (f"{id_}.jpg", "image/jpeg")
        original = Original(name, f"2024/{name}", mime, kind, len(data), bytes(32), key, NOW)
        known: list[Facet] = [] if state is AssetState.STORED else [described(at)]
        if who:
            known.append(Faces(tuple(face(name, id_) for name in who)))
        async with self.catalog.transaction(self.owner) as tx:
            await tx.put(Kind.ASSET, id_, original, *known, *facets, time=at, state=state)

    async def name(self, id_: str, person: Person, *assets: str) -> None:
        """Store a person who is the first face of these assets."""
        async with self.catalog.transaction(self.owner) as tx:
            await tx.put(Kind.PERSON, id_, person)
            for asset in assets:
                await tx.put(Kind.ASSET, asset, Appearances((PersonId(id_),)))

    async def tell(self, *stories: Story, state: StoryState = StoryState.PROPOSED) -> None:
        """Store proposals in this state."""
        async with self.catalog.transaction(self.owner) as tx:
            for told in stories:
                await tx.put(Kind.STORY, told.id, told, time=told.start, state=state)

    async def remove(self, kind: Kind, *ids: str) -> None:
        """Delete records, and nothing that hangs on them."""
        async with self.catalog.transaction(self.owner) as tx:
            await tx.delete(kind, ids)

    async def states(self, kind: Kind) -> dict[str, str]:
        """Return the state of every record of a kind."""
        return {record.id: record.state for record in await self.catalog.find(self.owner, kind)}

    async def audited(self) -> list[str]:
        """Return the actions in the audit log, oldest first."""
        entries = await self.catalog.find(self.owner, Kind.AUDIT)
        return [entry.require(AuditEntry).action for entry in entries]

    async def heard(self, consumer: Consumer) -> list[tuple[str, str]]:
        """Take what a consumer is told; return types and subjects, sorted."""
        deliveries = await self.bus.fetch(consumer, 1000, 0)
        for delivery in deliveries:
            await delivery.ack()
        return sorted((delivery.message.type, delivery.message.subject) for delivery in deliveries)


def _unit(name: str, size: int) -> Vector:
    vector = np.random.default_rng(zlib.crc32(name.encode())).normal(size=size).astype(np.float32)
    return vector / np.linalg.norm(vector)
