"""Originals on an S3 server of our own: all dies at once in the middle of a sync, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from services.adapters.blob_host import SEAWEEDFS, BlobHost
from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.cli.library import all_assets
from services.cli.session import open_session
from services.domain.facets import Original
from services.domain.identity import OwnerId
from services.domain.records import Kind
from tests.e2e.storyroll import Storyroll
from tests.s3_server import installed

pytestmark = [pytest.mark.models, pytest.mark.slow]

ME = OwnerId("me")
PHOTOS = 12
LARGE = 30 << 20
"""Bytes of the last file, so that it comes in parts."""


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(PHOTOS):
        size = LARGE if number == PHOTOS - 1 else 300_000
        (folder / f"{number:02}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + number.to_bytes(1) * size)
    return folder


def test_a_server_and_its_store_die_together_and_go_on(storyroll: Storyroll, photos: Path) -> None:
    installed()
    address = storyroll.start("--blobs", SEAWEEDFS)
    storyroll.run("consent", "grant", "cloud_processing")
    sync = storyroll.begin("sync", str(photos))
    while sync.poll() is None and stored(storyroll, address) < 3:
        time.sleep(0.02)
    storyroll.kill()
    assert storyroll.start("--blobs", SEAWEEDFS) == address
    out, err = sync.communicate(timeout=200)
    assert sync.returncode == 0, out + err
    assert storyroll.stop() == 0
    files = {path.name: path.read_bytes() for path in photos.iterdir()}
    asyncio.run(everything_is_there_once(storyroll.data, files))
    assert not (storyroll.data / "blobs").exists()


def stored(storyroll: Storyroll, address: str) -> int:
    """Return how many assets the server shows."""

    async def count() -> int:
        async with open_session(address, storyroll.token(ME)) as session:
            return len([asset async for asset in all_assets(session)])

    return asyncio.run(count())


async def everything_is_there_once(data: Path, files: dict[str, bytes]) -> None:
    async with open_local(data, SystemClock(), blobs=BlobHost(SEAWEEDFS)) as ports:
        records = await ports.catalog.find(ME, Kind.ASSET)
        originals = [record.require(Original) for record in records]
        assert sorted(original.path for original in originals) == sorted(files)
        for original in originals:
            assert await ports.vault.read(ME, original.blob_key) == files[original.path]
        assert await ports.vault.unfinished(ME) == {}
