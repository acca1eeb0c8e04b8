"""Upload use cases over real adapters."""

from __future__ import annotations

import hashlib
import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import pytest
from PIL import Image

from services.adapters.checksum import crc32c
from services.adapters.clock import SystemClock
from services.adapters.disk import DiskBlobStore
from services.adapters.memory import MemoryRowStore
from services.adapters.outbox import OutboxBus
from services.adapters.redaction.location import strip_location
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.sealing import AesSealingKey
from services.adapters.sealed.vault import SealedVault
from services.adapters.signals import LocalSignals
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.ports import Patch
from services.upload.admission import Admission
from services.upload.check import CheckAssets
from services.upload.limits import Limits
from services.upload.query import QueryWrite
from services.upload.write import AssetHeader, Chunk, WriteAsset, Written

ANA = OwnerId("ana")


class DirectStripper:
    """The real search for coordinates, in this process."""

    async def find(self, path: Path) -> Sequence[Patch]:
        return strip_location(path)


@dataclass
class Uploads:
    """Everything that an upload needs, and what a client does."""

    folder: Path
    limits: Limits = Limits()
    rows: MemoryRowStore = field(default_factory=MemoryRowStore)

    def __post_init__(self) -> None:
        signals, clock = LocalSignals(), SystemClock()
        self.keyring = EnvelopeKeyRing(self.rows, AesSealingKey(bytes(32)))
        self.catalog = SealedCatalog(self.rows, self.keyring, signals)
        self.bus = OutboxBus(self.rows, clock, signals)
        blobs = DiskBlobStore(self.folder / "blobs")
        self.vault = SealedVault(blobs, self.keyring, ScratchSpace(self.folder / "scratch"))
        self.check = CheckAssets(self.catalog, self.vault, self.keyring)
        self.query = QueryWrite(self.catalog, self.vault, self.keyring)
        self.write = WriteAsset(
            self.catalog,
            self.vault,
            self.keyring,
            clock,
            stripper=DirectStripper(),
            checksum=crc32c,
            admission=Admission(self.catalog, self.limits),
        )

    async def send(
        self, data: bytes, chunks: AsyncIterator[Chunk] | None = None, **header: object
    ) -> Written:
        return await self.write(ANA, header_of(data, **header), chunks or chunks_of(data))


def header_of(data: bytes, **changes: object) -> AssetHeader:
    header = {
        "sha256": hashlib.sha256(data).digest(),
        "size": len(data),
        "path": "2024/IMG_1.jpg",
        "media_type": "image/jpeg",
        "hint": datetime(2024, 5, 3, tzinfo=UTC),
    }
    return AssetHeader(**(header | changes))  # type: ignore[arg-type]


async def chunks_of(data: bytes, start: int = 0, end: int | None = None) -> AsyncIterator[Chunk]:
    for at in range(start, len(data) if end is None else end, 200_000):
        piece = data[at : min(at + 200_000, end or len(data))]
        yield Chunk(at, piece, crc32c(piece))


def jpeg(*, located: bool = False, noise: int = 0) -> bytes:
    """A photo; `noise` appends that many bytes, which readers pass over."""
    exif = Image.Exif()
    exif[0x010F] = "Camera maker"
    if located:
        exif.get_ifd(0x8825).update({1: "N", 2: (38.0, 41.0, 29.0), 3: "W", 4: (9.0, 12.0, 57.0)})
    buffer = io.BytesIO()
    Image.new("RGB", (64, 48), "teal").save(buffer, "JPEG", exif=exif)
    return buffer.getvalue() + bytes(i * 7 % 251 for i in range(noise))


@pytest.fixture
async def uploads(tmp_path: Path) -> Uploads:
    made = Uploads(tmp_path)
    for scope in (None, Scope.CLOUD_PROCESSING):
        await made.keyring.create(ANA, scope)
    return made
