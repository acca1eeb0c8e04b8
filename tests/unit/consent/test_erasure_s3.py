"""What was taken back is nowhere on S3: no object, version, marker or part, and no plaintext on its disk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import urllib3
from minio.versioningconfig import ENABLED, VersioningConfig

from services.adapters.blob_host import BlobHost
from services.adapters.blob_names import escaped
from services.adapters.clock import SystemClock
from services.adapters.local import open_local
from services.adapters.s3.access import S3Place
from services.adapters.s3.client import S3Client
from services.adapters.seaweedfs.server import SeaweedServer
from services.domain.consent import Scope
from services.domain.identity import AssetId, original_key
from services.domain.ports import LandingPlace
from services.domain.records import Kind
from tests.needles import Needles
from tests.s3_server import running
from tests.stored_library import BEN, LISBON, NOW, StoredLibrary, seen
from tests.unit.consent.test_erasure import OWNER, PHOTO, PIECE, Home, fill, in_clear

BUCKET = "erasure"


@dataclass(frozen=True)
class Bucket:
    """A bucket that keeps every version, and the disk of the server that has it."""

    client: S3Client
    disk: Path
    host: BlobHost

    async def versions(self) -> list[str]:
        """Return the names of all objects, versions and delete markers."""
        return sorted([found.name async for found in self.client.listing("", versions=True)])

    def multipart_uploads(self) -> int:
        return len(self.client._minio._list_multipart_uploads(BUCKET).uploads)

    def on_disk(self, *needles: bytes) -> set[bytes]:
        """Return those that are in any file of the server."""
        wanted = Needles(needles)
        files = [path for path in self.disk.rglob("*") if path.is_file()]
        return {needle for path in files for needle in wanted.within(path.read_bytes())}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[SeaweedServer, Path]]:
    folder = tmp_path_factory.mktemp("s3")
    with running(folder) as started:
        yield started, folder


@pytest.fixture
async def bucket(server: tuple[SeaweedServer, Path]) -> AsyncIterator[Bucket]:
    started, disk = server
    client = S3Client(started.access, S3Place(BUCKET))
    await client.open()
    client._minio.set_bucket_versioning(BUCKET, VersioningConfig(ENABLED))
    await client.open()
    yield Bucket(client, disk, BlobHost(f"s3://{BUCKET}", started.access))
    await client.remove([found async for found in client.listing("", versions=True)])
    client.close()


@pytest.fixture
async def home(bucket: Bucket, tmp_path: Path) -> AsyncIterator[Home]:
    """Two owners' libraries with blobs on S3: originals written twice, uploads of every kind under way."""
    async with open_local(tmp_path, SystemClock(), blobs=bucket.host) as ports:
        for owner in (OWNER, BEN):
            await StoredLibrary.over(ports, owner).grant(*Scope)
        library = StoredLibrary.over(ports, OWNER)
        await fill(library)
        await library.add("asset1", NOW, LISBON, seen("again", "beach"), data=PHOTO[:9999])
        await library.add("asset1", NOW, data=PHOTO)
        bucket.client._minio.remove_object(BUCKET, blob_of("asset1"))  # leaves a delete marker
        await library.add("asset1", NOW, data=PHOTO)
        await StoredLibrary.over(ports, BEN).add("a", NOW, data=b"of ben" * 999)
        await land(ports.landing, b"landed in part")
        bucket.client._minio._create_multipart_upload(BUCKET, blob_of("killed"), {})
        yield Home(tmp_path, ports)


def blob_of(asset: str) -> str:
    return f"blobs/{escaped(original_key(OWNER, AssetId(asset)))}"


async def land(landing: LandingPlace | None, data: bytes) -> None:
    """Put a part as a phone does that uploads directly."""
    assert landing is not None
    (url,) = landing.invite(original_key(OWNER, AssetId("direct")), 1, timedelta(minutes=5))
    assert urllib3.PoolManager().request("PUT", url, body=data).status == 200


@pytest.mark.parametrize("account", [False, True])
async def test_after_erasure_no_version_and_no_part_is_left(
    home: Home, bucket: Bucket, account: bool
) -> None:
    before = await bucket.versions()
    folders = {name.partition("/")[0] for name in before if "wilhelmina" in name}
    assert folders == {"blobs", "stages", "quarantine"}
    assert before.count(blob_of("asset1")) >= 3, "there are no versions to be erased"
    assert bucket.multipart_uploads() == 1
    if account:
        await home.erase()(OWNER, confirm=True)
    else:
        await home.revoke()(OWNER, [Scope.CLOUD_PROCESSING])
    assert await bucket.versions() == [f"blobs/{original_key(BEN, AssetId('a'))}"]
    assert bucket.multipart_uploads() == 0
    ben = StoredLibrary.over(home.ports, BEN)
    assert await ben.vault.read(BEN, original_key(BEN, AssetId("a"))) == b"of ben" * 999
    assert await ben.states(Kind.ASSET) == {"a": "analysed"}


async def test_what_is_on_the_servers_disk_is_sealed_at_all_times(home: Home, bucket: Bucket) -> None:
    """Its volumes are appended to and tidied up later: what is deleted may stay a while, and is noise."""
    pieces = [PHOTO[at : at + PIECE] for at in range(0, len(PHOTO) - PIECE, 1 << 16)]
    assert bucket.on_disk(b"blobs", *pieces, *in_clear()) == {b"blobs"}
    await home.erase()(OWNER, confirm=True)
    assert bucket.on_disk(b"blobs", *pieces, *in_clear()) == {b"blobs"}
    assert home.find([b"wilhelmina", *in_clear()]) == set()
