"""What a write leaves that is killed, overtaken or refused between its blob and its record."""

from __future__ import annotations

import os
import time
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.adapters.checksum import crc32c
from services.adapters.clock import SystemClock
from services.domain.accounts import AuditAction, AuditEntry
from services.domain.errors import Conflict, Unavailable
from services.domain.facets import Original
from services.domain.messages import Consumer
from services.domain.records import Kind
from services.upload.admission import Admission
from services.upload.check import UploadState
from services.upload.limits import Limits
from services.upload.orphans import GRACE, SweepOrphans
from services.upload.write import WriteAsset
from tests.unit.upload.conftest import ANA, DirectStripper, Uploads, header_of, jpeg

PHOTO = jpeg(noise=100_000)


def writer(uploads: Uploads, grace: timedelta = GRACE) -> WriteAsset:
    """Another process over the same stores."""
    ports = (uploads.catalog, uploads.vault, uploads.keyring, SystemClock())
    admission = Admission(uploads.catalog, Limits())
    return WriteAsset(
        *ports, stripper=DirectStripper(), checksum=crc32c, admission=admission, orphan_grace=grace
    )


def blobs(uploads: Uploads) -> list[Path]:
    return [path for path in (uploads.folder / "blobs").rglob("*") if path.is_file()]


async def killed_before_the_record(uploads: Uploads, monkeypatch: pytest.MonkeyPatch) -> None:
    async def killed(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(uploads.write, "_record", killed)
        with pytest.raises(KeyboardInterrupt):
            await uploads.send(PHOTO)


async def test_after_a_crash_before_the_record_the_retry_stores_and_the_sweep_tidies(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed_before_the_record(uploads, monkeypatch)
    assert (await uploads.query(ANA, header_of(PHOTO).sha256)).state is UploadState.MISSING
    (orphan,) = blobs(uploads)
    os.utime(orphan, (time.time() - 7200,) * 2)
    written = await uploads.send(PHOTO)
    assert (await SweepOrphans(uploads.catalog, uploads.vault)()).blobs == 1
    record = await uploads.catalog.get(ANA, Kind.ASSET, written.asset_id)
    assert await uploads.vault.read(ANA, record.require(Original).blob_key) == PHOTO
    assert not orphan.exists()
    assert len(blobs(uploads)) == 1


async def test_a_sweep_between_blob_and_record_takes_the_old_blob_and_not_the_new_one(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    await killed_before_the_record(uploads, monkeypatch)
    (orphan,) = blobs(uploads)
    os.utime(orphan, (time.time() - 7200,) * 2)
    await uploads.send(jpeg())  # so that the owner has records
    record, swept = uploads.write._record, []

    async def overtaken(*arguments: object) -> None:
        swept.append(await SweepOrphans(uploads.catalog, uploads.vault)())
        await record(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(uploads.write, "_record", overtaken)
    written = await uploads.send(PHOTO)
    assert [erased.blobs for erased in swept] == [1]
    stored = await uploads.catalog.get(ANA, Kind.ASSET, written.asset_id)
    assert await uploads.vault.read(ANA, stored.require(Original).blob_key) == PHOTO


async def test_later_sweeps_look_at_what_was_committed_since(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    await uploads.send(jpeg())
    (kept,) = blobs(uploads)
    sweep = SweepOrphans(uploads.catalog, uploads.vault)
    for age, swept in ((86_400, 1), (5_400, 1), (86_400, 0)):
        await killed_before_the_record(uploads, monkeypatch)
        (orphan,) = set(blobs(uploads)) - {kept}
        os.utime(orphan, (time.time() - age,) * 2)
        assert (await sweep()).blobs == swept


async def test_what_took_half_the_grace_is_not_recorded_for_it_may_be_swept(uploads: Uploads) -> None:
    uploads.write = writer(uploads, timedelta(0))
    with pytest.raises(Conflict, match="too long"):
        await uploads.send(PHOTO)
    assert blobs(uploads) == []
    assert await uploads.catalog.find(ANA, Kind.ASSET) == []
    uploads.write = writer(uploads)
    assert not (await uploads.send(PHOTO)).already_known


async def test_of_two_processes_the_first_one_stores_and_the_other_one_knows(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow, other = uploads.write, writer(uploads)
    record = slow._record

    async def overtaken(*arguments: object) -> None:
        uploads.write = other
        assert not (await uploads.send(PHOTO)).already_known
        await record(*arguments)  # type: ignore[arg-type]

    monkeypatch.setattr(slow, "_record", overtaken)
    assert (await uploads.send(PHOTO)).already_known
    (stored,) = await uploads.catalog.find(ANA, Kind.ASSET)
    assert await uploads.vault.read(ANA, stored.require(Original).blob_key) == PHOTO
    assert len(blobs(uploads)) == 1
    log = [entry.require(AuditEntry) for entry in await uploads.catalog.find(ANA, Kind.AUDIT)]
    assert [entry.action for entry in log] == [AuditAction.ASSET_STORED]
    assert await uploads.bus.pending(Consumer.METADATA) == 1


async def test_while_the_catalog_takes_nothing_no_blobs_pile_up(
    uploads: Uploads, monkeypatch: pytest.MonkeyPatch
) -> None:
    transaction, refused = uploads.catalog.transaction, []

    @asynccontextmanager
    async def full(owner):
        async with transaction(owner) as tx:
            yield tx
            if not refused:
                refused.append(datetime.now(UTC))
                raise Unavailable("there is no room")

    with monkeypatch.context() as patched:
        patched.setattr(uploads.catalog, "transaction", full)
        with pytest.raises(Unavailable):
            await uploads.send(PHOTO)
    assert refused
    assert blobs(uploads) == []
    assert not (await uploads.send(PHOTO)).already_known
