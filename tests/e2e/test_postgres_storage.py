"""Records on a PostgreSQL of our own: all dies at once in the middle of a sync, and nothing is lost."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path

import pytest

from services.adapters.clock import SystemClock
from services.adapters.database_choice import POSTGRES, DatabaseHost
from services.adapters.local import open_local
from services.domain.facets import Original
from services.domain.identity import OwnerId
from services.domain.records import Kind
from tests.e2e.storyroll import Storyroll
from tests.postgres_server import installed

pytestmark = [pytest.mark.models, pytest.mark.slow]

ME = OwnerId("me")
PHOTOS = 20


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(PHOTOS):
        (folder / f"{number:02}.jpg").write_bytes(b"\xff\xd8\xff\xe0" + number.to_bytes(1) * 200_000)
    return folder


def test_a_server_and_its_database_die_together_and_go_on(storyroll: Storyroll, photos: Path) -> None:
    installed()
    address = storyroll.start("--database", POSTGRES)
    storyroll.run("consent", "grant", "cloud_processing")
    sync = storyroll.begin("sync", str(photos))
    while sync.poll() is None and storyroll.stored() < 3:
        time.sleep(0.02)
    storyroll.kill()
    assert storyroll.start("--database", POSTGRES) == address
    out, err = sync.communicate(timeout=200)
    assert sync.returncode == 0, out + err
    assert storyroll.stop() == 0
    files = {path.name: path.read_bytes() for path in photos.iterdir()}
    asyncio.run(everything_is_there_once(storyroll.data, files))
    assert not (storyroll.data / "catalog.sqlite").exists()


async def everything_is_there_once(data: Path, files: dict[str, bytes]) -> None:
    async with open_local(data, SystemClock(), database=DatabaseHost(POSTGRES)) as ports:
        records = await ports.catalog.find(ME, Kind.ASSET)
        originals = [record.require(Original) for record in records]
        assert sorted(original.path for original in originals) == sorted(files)
        for original in originals:
            assert await ports.vault.read(ME, original.blob_key) == files[original.path]
