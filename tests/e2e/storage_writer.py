"""A process that stores files and says so on its standard output, until it is killed.

Run as `python -m tests.e2e.storage_writer FOLDER FIRST`.
"""

from __future__ import annotations

import asyncio
import hashlib
import random
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from services.adapters.checksum import crc32c
from services.adapters.clock import SystemClock
from services.adapters.disk import DiskBlobStore
from services.adapters.outbox import OutboxBus
from services.adapters.scratch import ScratchSpace
from services.adapters.sealed.catalog import SealedCatalog
from services.adapters.sealed.keyring import EnvelopeKeyRing
from services.adapters.sealed.master_key import file_master_key
from services.adapters.sealed.vault import SealedVault
from services.adapters.signals import LocalSignals
from services.adapters.sql import open_sqlite
from services.domain.consent import Scope
from services.domain.identity import OwnerId
from services.domain.ports import Patch
from services.upload.admission import Admission
from services.upload.check import CheckAssets, UploadState
from services.upload.limits import Limits
from services.upload.write import AssetHeader, Chunk, WriteAsset

OWNER = OwnerId("ana")
CHUNK = 200_000


class NothingToStrip:
    """These files are noise: they hold no coordinates."""

    async def find(self, path: Path) -> Sequence[Patch]:
        return ()


class Store:
    """The storage of one folder and the upload use cases over it."""

    def __init__(self, folder: Path, rows) -> None:
        signals, clock = LocalSignals(), SystemClock()
        self.keyring = EnvelopeKeyRing(rows, file_master_key(folder / "master"))
        self.catalog = SealedCatalog(rows, self.keyring, signals)
        self.bus = OutboxBus(rows, clock, signals)
        blobs = DiskBlobStore(folder / "blobs")
        self.vault = SealedVault(blobs, self.keyring, ScratchSpace(folder / "scratch"))
        self.check = CheckAssets(self.catalog, self.vault, self.keyring)
        ports = (self.catalog, self.vault, self.keyring, clock)
        admission = Admission(self.catalog, Limits())
        self.write = WriteAsset(*ports, stripper=NothingToStrip(), checksum=crc32c, admission=admission)


@asynccontextmanager
async def opened(folder: Path) -> AsyncIterator[Store]:
    """Open the storage of a folder."""
    rows = await open_sqlite(folder / "catalog.db")
    try:
        yield Store(folder, rows)
    finally:
        await rows.close()


def file_of(number: int) -> bytes:
    """Return the content of a numbered file: a few KiB to 3 MiB."""
    chance = random.Random(number)
    return bytes(16) + chance.randbytes(chance.choice([5_000, 400_000, 3_000_000]))


async def send(store: Store, number: int) -> None:
    """Write a file from where an earlier try left it."""
    data = file_of(number)
    sha256 = hashlib.sha256(data).digest()
    (check,) = await store.check(OWNER, [sha256])
    if check.state is not UploadState.KNOWN:
        header = AssetHeader(sha256, len(data), f"{number}.jpg", "image/jpeg")
        await store.write(OWNER, header, chunks_of(data, check.committed))


async def chunks_of(data: bytes, start: int) -> AsyncIterator[Chunk]:
    for at in range(start, len(data), CHUNK):
        piece = data[at : at + CHUNK]
        yield Chunk(at, piece, crc32c(piece))


async def main(folder: Path, first: int) -> None:
    async with opened(folder) as store:
        for scope in (None, Scope.CLOUD_PROCESSING):
            await store.keyring.create(OWNER, scope)
        number = first
        while True:
            await send(store, number)
            sys.stdout.write(f"{number}\n")
            sys.stdout.flush()
            number += 1


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), int(sys.argv[2])))
