"""Where blobs are kept: in a folder, on a SeaweedFS of our own, or on any S3."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from services.adapters.disk import DiskBlobStore
from services.adapters.s3.access import S3Place, S3Server
from services.adapters.s3.client import S3Client
from services.adapters.s3.landing import S3LandingPlace
from services.adapters.s3.store import S3BlobStore
from services.adapters.seaweedfs.install import SEAWEEDFS as SEAWEEDFS_PROGRAM
from services.adapters.seaweedfs.server import seaweedfs
from services.domain.errors import FailedPrecondition
from services.domain.ports import BlobStore, LandingPlace

FOLDER, SEAWEEDFS = "folder", "seaweedfs"
_OWN_BUCKET = S3Place("storyroll")


@dataclass(frozen=True, slots=True)
class Blobs:
    """A blob store, and where clients may land files beside us, if anywhere."""

    store: BlobStore
    landing: LandingPlace | None = None


@dataclass(frozen=True, slots=True)
class BlobHost:
    """The choice of a place for blobs."""

    where: str = FOLDER
    """folder, seaweedfs, or s3://bucket/prefix."""
    server: S3Server | None = None
    """Of an s3:// place."""

    def __post_init__(self) -> None:
        known_blob_host(self.where)


def known_blob_host(where: str) -> str:
    """Return the place as it was given; raise ValueError where it is none."""
    if where not in (FOLDER, SEAWEEDFS):
        try:
            S3Place.parse(where)
        except ValueError:
            raise ValueError(
                f"{where!r} is no place for blobs: give folder, seaweedfs or s3://bucket/prefix"
            ) from None
    return where


@asynccontextmanager
async def open_blobs(host: BlobHost, folder: Path) -> AsyncIterator[Blobs]:
    """Open the store; what is kept on this machine is kept below `folder`.

    Raises:
        FailedPrecondition: The bucket cannot be used, or SeaweedFS not be installed, and what to do.
        Unavailable: The server does not answer.
    """
    if host.where == FOLDER:
        yield Blobs(DiskBlobStore(folder / "blobs"))
    elif host.where == SEAWEEDFS:
        program = await asyncio.to_thread(SEAWEEDFS_PROGRAM.install)
        async with seaweedfs(program, folder / "seaweedfs") as server, _s3(server.access, _OWN_BUCKET) as s3:
            yield s3
    elif host.server is None:
        raise FailedPrecondition(
            "S3 wants to know its server: set STORYROLL_S3_ENDPOINT, STORYROLL_S3_ACCESS_KEY and "
            "STORYROLL_S3_SECRET_KEY"
        )
    else:
        async with _s3(host.server, S3Place.parse(host.where)) as s3:
            yield s3


@asynccontextmanager
async def _s3(server: S3Server, place: S3Place) -> AsyncIterator[Blobs]:
    client = S3Client(server, place)
    try:
        await client.open()
        yield Blobs(S3BlobStore(client), S3LandingPlace(client))
    finally:
        client.close()
