"""A quarantine in a bucket: parts that clients put there by presigned URLs.

quarantine/<key>:<part>
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

from services.adapters.blob_names import escaped
from services.adapters.s3.client import Listed, S3Client
from services.domain.records import Erasure

QUARANTINE: Final = "quarantine/"


class S3LandingPlace:
    """Fulfils `ports.LandingPlace`; `S3BlobStore.delete_prefix` erases an owner's parts too."""

    def __init__(self, client: S3Client) -> None:
        self._client = client

    def invite(self, key: str, parts: int, lifetime: timedelta) -> list[str]:
        """Return a presigned URL for each part."""
        return [self._client.presign("PUT", _object(key, part), lifetime) for part in range(parts)]

    async def landed(self, key: str) -> dict[int, int]:
        """Return the bytes of each part that is there, by its index."""
        listing = self._client.listing(_prefix(key))
        return {int(found.name.rpartition(":")[2]): found.size async for found in listing}

    async def read(self, key: str, part: int, offset: int, length: int) -> bytes:
        """Read a range of a part; raise NotFound."""
        return await self._client.get(_object(key, part), offset, length)

    async def clear(self, key: str) -> None:
        """Delete every part of a file, with all versions."""
        await self._client.remove(
            [found async for found in self._client.listing(_prefix(key), versions=True)]
        )

    async def sweep(self, before: datetime) -> Erasure:
        """Delete everything that landed before that time, with all versions."""
        listing = self._client.listing(QUARANTINE, versions=True)
        late: list[Listed] = [found async for found in listing if found.modified < before]
        await self._client.remove(late)
        return Erasure(blobs=len(late), bytes=sum(found.size for found in late))


def _prefix(key: str) -> str:
    return f"{QUARANTINE}{escaped(key)}:"


def _object(key: str, part: int) -> str:
    return f"{_prefix(key)}{part:06}"
