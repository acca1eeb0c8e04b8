"""The server is killed in the middle of a sync, again and again: nothing is lost, nothing doubled."""

from __future__ import annotations

import asyncio
import json
import re
import time
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.cli.library import all_assets
from services.cli.session import open_session, token_source
from services.domain.accounts import AuditAction, AuditEntry
from services.domain.facets import Original
from services.domain.identity import OwnerId
from services.domain.records import AssetState, Kind
from services.rpc.data_folder import DataFolder
from tests.e2e.storyroll import Storyroll

pytestmark = [pytest.mark.models, pytest.mark.slow]

PHOTOS = 48
KILLED_AT = (4, 16, 30)
"""Numbers of stored photos at which the server dies."""
ME = OwnerId("me")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """A folder of different JPEGs, of noise so that they weigh something, taken minutes apart."""
    folder = tmp_path / "photos"
    folder.mkdir()
    numbers = np.random.default_rng(3)
    for index in range(PHOTOS):
        pixels = numbers.integers(0, 256, (480, 640, 3), np.uint8)
        exif = Image.Exif()
        exif.get_ifd(0x8769)[0x9003] = f"2024:05:03 10:{index:02}:00"
        Image.fromarray(pixels).save(folder / f"IMG_{index:03}.jpg", quality=95, exif=exif)
    return folder


def stored(storyroll: Storyroll, address: str) -> int:
    """Return how many assets the server shows."""

    async def count() -> int:
        token = token_source(DataFolder(storyroll.data), ME)
        async with open_session(address, token) as session:
            return len([asset async for asset in all_assets(session)])

    return asyncio.run(count())


def test_a_sync_survives_the_death_of_its_server(storyroll: Storyroll, photos: Path) -> None:
    address = storyroll.start()
    storyroll.run("consent", "grant", "cloud_processing", "content")
    sync = storyroll.begin("sync", str(photos), "--wait")
    for number in KILLED_AT:
        while sync.poll() is None and stored(storyroll, address) < number:
            time.sleep(0.02)
        assert sync.poll() is None, f"the sync ended before photo {number}: {sync.communicate()}"
        storyroll.kill()
        assert storyroll.start() == address
    out, err = sync.communicate(timeout=200)
    assert sync.returncode == 0, out + err
    counted = re.search(r"(\d+) uploaded .*?, (\d+) known", out)
    assert counted, out
    assert sum(map(int, counted.groups())) == PHOTOS
    assets = json.loads(storyroll.run("assets", "--json"))
    assert Counter(asset["path"] for asset in assets) == Counter(path.name for path in photos.iterdir())
    assert {asset["state"] for asset in assets} == {"analysed"}
    assert storyroll.stop() == 0
    asyncio.run(everything_is_there_once(storyroll.data, photos))


async def everything_is_there_once(data: Path, photos: Path) -> None:
    """Open the data folder itself: the bytes are those of the files, and each was stored once."""
    async with open_local(data, SystemClock()) as ports:
        records = await ports.catalog.find(ME, Kind.ASSET)
        for record in records:
            original = record.require(Original)
            assert await ports.vault.read(ME, original.blob_key) == (photos / original.path).read_bytes()
            assert record.state == AssetState.ANALYSED
        assert len(records) == PHOTOS
        log = [record.require(AuditEntry) for record in await ports.catalog.find(ME, Kind.AUDIT)]
        for action in (AuditAction.ASSET_STORED, AuditAction.ASSET_DESCRIBED, AuditAction.ASSET_ANALYSED):
            assert sum(entry.count for entry in log if entry.action == action) == PHOTOS
    blobs = [path for path in (data / "blobs").rglob("*") if path.is_file()]
    assert len(blobs) == PHOTOS
