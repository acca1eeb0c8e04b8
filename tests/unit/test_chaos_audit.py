"""The audit of `make chaos` finds what it looks for: a loss, a doubling, what waits, and what was left."""

from __future__ import annotations

import hashlib
import os
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from services.adapters.blob_host import BlobHost
from services.adapters.bundle import Ports
from services.adapters.checksum import crc32c
from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.domain.consent import Scope
from services.domain.facets import Appearances, Person
from services.domain.identity import OwnerId, PersonId
from services.upload.admission import Admission
from services.upload.limits import Limits
from services.upload.write import AssetHeader, Chunk, WriteAsset
from tests.chaos.audit import Findings, audit
from tests.chaos.client import OWNER
from tests.chaos.photos import CameraRoll, photo
from tests.chaos.told_twice import told_twice
from tests.stored_library import ANA, NOW, StoredLibrary, story

PHOTOS = 3
"""One of them has coordinates, which are cut out."""
ME = OwnerId(OWNER)


@asynccontextmanager
async def server(data: Path) -> AsyncIterator[tuple[Ports, WriteAsset]]:
    async with open_local(data, SystemClock()) as ports:
        yield (
            ports,
            WriteAsset(
                *(ports.catalog, ports.vault, ports.keyring, ports.clock),
                stripper=ports.stripper,
                checksum=crc32c,
                admission=Admission(ports.catalog, Limits()),
            ),
        )


async def uploaded(data: Path, roll: CameraRoll) -> dict[bytes, set[str]]:
    """Upload every photo of the roll; return what was acknowledged."""
    said: dict[bytes, set[str]] = {}
    async with server(data) as (ports, write):
        for scope in (None, Scope.CLOUD_PROCESSING):
            await ports.keyring.create(ME, scope)
        for path in sorted(roll.folder.iterdir()):
            content = path.read_bytes()
            sha256 = hashlib.sha256(content).digest()
            header = AssetHeader(sha256, len(content), path.name, "image/jpeg")
            written = await write(ME, header, _chunks(content))
            said[sha256] = {written.asset_id}
    return said


async def _chunks(content: bytes) -> AsyncIterator[Chunk]:
    yield Chunk(0, content, crc32c(content))


async def test_the_audit_finds_what_is_wrong_and_nothing_else(tmp_path: Path) -> None:
    data, roll = tmp_path / "data", CameraRoll(tmp_path / "roll", seed=1)
    roll.take(PHOTOS)
    said = await uploaded(data, roll)

    async def found() -> Findings:
        return await audit(data, BlobHost(), ME, roll.folder, said, timedelta(minutes=1))

    # Nothing but the upload ran: every photo and its message still wait.
    well = Findings(lost=0, missing=0, doubled=0, unprocessed=2 * PHOTOS, orphans=0)
    assert await found() == well

    blobs = sorted((data / "blobs/me/originals").iterdir())
    stray = blobs[0].with_name("stray.1")
    stray.write_bytes(b"left by a kill")
    assert await found() == well
    os.utime(stray, (time.time() - 120,) * 2)
    assert await found() == replace(well, orphans=1)

    roll.take(1)
    assert await found() == replace(well, orphans=1, missing=1)
    said[hashlib.sha256(photo(1, PHOTOS)).digest()] = {"promised"}
    assert (await found()).lost == 1
    blobs[0].write_bytes(blobs[1].read_bytes())
    assert (await found()).lost == 2


async def test_what_is_told_twice_is_counted(tmp_path: Path) -> None:
    stored = StoredLibrary.in_memory(tmp_path)
    await stored.grant(*Scope)
    for asset in ("1", "2"):
        await stored.add(asset, NOW)
    await stored.name("bea", Person(face_count=2), "1", "2")
    await stored.tell(story("a", "1", "2"), story("b", "1"))
    assert await told_twice(stored.catalog, ANA) == 0

    await stored.tell(story("c", "1", "2"))
    assert await told_twice(stored.catalog, ANA) == 1
    await stored.name("bea", Person(face_count=3))
    assert await told_twice(stored.catalog, ANA) == 2
    await stored.add("2", NOW, Appearances((PersonId("bea"), PersonId("bea"))))
    assert await told_twice(stored.catalog, ANA) == 2


def test_photos_are_the_same_for_the_same_seed_and_no_others() -> None:
    assert photo(1, 2) == photo(1, 2)
    assert len({photo(seed, number) for seed in (1, 2) for number in range(4)}) == 8


@pytest.mark.parametrize("number", [7, 13])
def test_some_photos_are_large(number: int) -> None:
    assert len(photo(1, number)) > 1 << 20
