"""Storage under SIGKILL at any moment: what was acknowledged is there, once, and nothing is half there."""

from __future__ import annotations

import asyncio
import hashlib
import os
import random
import signal
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

import pytest

from services.domain.facets import Original
from services.domain.identity import original_key
from services.domain.messages import Consumer
from services.domain.records import Kind
from tests.e2e.storage_writer import OWNER, Store, file_of, opened, send

KILLS = int(os.environ.get("STORYROLL_TEST_KILLS", "6"))
"""How often the writer is killed; the nightly run sets more."""
ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
async def test_no_acknowledged_file_is_lost_or_doubled(tmp_path: Path) -> None:
    acknowledged: list[int] = []
    for seed in range(KILLS):
        acknowledged += await write_until_killed(
            tmp_path, len(acknowledged), 0.2 + random.Random(seed).random()
        )
    assert acknowledged == list(range(len(acknowledged)))
    assert acknowledged
    async with opened(tmp_path) as store:
        await send(store, len(acknowledged))
        await check_all(store, len(acknowledged) + 1)
    assert not [path for path in (tmp_path / "blobs/.staging").rglob("*") if path.is_file()]


async def write_until_killed(folder: Path, first: int, seconds: float) -> list[int]:
    """Let the writer go on; kill it so many seconds after it acknowledged a first file."""
    command = (sys.executable, "-m", "tests.e2e.storage_writer", str(folder), str(first))
    writer = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=PIPE)
    assert writer.stdout is not None
    said = await writer.stdout.readline()
    await asyncio.sleep(seconds)
    writer.send_signal(signal.SIGKILL)
    said += await writer.stdout.read()
    await writer.wait()
    return [int(line) for line in said.splitlines(keepends=True) if line.endswith(b"\n")]


async def check_all(store: Store, count: int) -> None:
    """Every file is there once, byte for byte, with its message; and no blob is without a record."""
    records = await store.catalog.find(OWNER, Kind.ASSET)
    originals = {record.require(Original).path: record for record in records}
    assert sorted(originals) == sorted(f"{number}.jpg" for number in range(count))
    for number in range(count):
        record = originals[f"{number}.jpg"]
        data = await store.vault.read(OWNER, original_key(OWNER, record.id))
        assert hashlib.sha256(data).digest() == hashlib.sha256(file_of(number)).digest()
    messages = await store.bus.fetch(Consumer.METADATA, 10_000, 0)
    assert sorted(d.message.subject for d in messages) == sorted(record.id for record in records)
