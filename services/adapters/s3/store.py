"""Blobs as objects of a bucket.

    blobs/<key>             committed
    stages/<key>:<offset>   bytes of a stage from this offset on

Nobody can read a part of a multipart upload before it is complete, and a stage must be read: to go on with a
hash after a crash, and to look for coordinates before the blob has its name. So the parts of a stage are
objects, written while the upload streams and named by where they begin; a commit makes one blob of them by a
multipart upload whose parts the server copies from there: no byte comes back to us. What is not larger
than a part, as nearly every photo, is a single request: one PUT under its final name.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import datetime
from typing import Final
from weakref import WeakSet

from services.adapters.abandoned import discard_abandoned
from services.adapters.blob_names import escaped, unescaped
from services.adapters.s3.client import Listed, S3Client
from services.adapters.s3.landing import QUARANTINE
from services.adapters.s3.staged import Part, S3StagedBlob, part_prefix
from services.domain.errors import InvalidArgument
from services.domain.ports import Unfinished
from services.domain.records import Erasure

BLOBS: Final = "blobs/"
STAGES: Final = "stages/"
_LONGEST_NAME: Final = 900
"""Bytes; S3 takes 1024, and a stage's name is longer than its blob's."""


class S3BlobStore:
    """Fulfils `ports.BlobStore`; all writers of a stage that may still be erased use the same store."""

    def __init__(self, client: S3Client) -> None:
        self._client = client
        self._growing: WeakSet[S3StagedBlob] = WeakSet()

    async def stage(self, key: str) -> S3StagedBlob:
        """Open the stage of this key; nothing is made before a part is full, or `flush`."""
        name = STAGES + _name(key)
        parts = _adjacent([found async for found in self._client.listing(part_prefix(name))])
        stage = S3StagedBlob(self._client, key, name, parts, lambda target: BLOBS + _name(target))
        self._growing.add(stage)
        return stage

    async def size(self, key: str) -> int:
        """Return the size in bytes; raise NotFound."""
        return await self._client.size(BLOBS + _name(key))

    async def read(self, key: str, offset: int, length: int) -> bytes:
        """Read a range; raise NotFound."""
        return await self._client.get(BLOBS + _name(key), offset, length)

    async def delete(self, key: str) -> int:
        """Delete a blob if it is there, with all its versions; return the bytes freed."""
        name = BLOBS + _name(key)
        doomed = [found async for found in self._client.listing(name, versions=True) if found.name == name]
        await self._client.remove(doomed)
        return sum(found.size for found in doomed)

    async def delete_prefix(self, prefix: str) -> Erasure:
        """Delete every blob, stage and direct upload whose key begins so, with all their versions."""
        erased = Erasure()
        for stage in list(self._growing):
            if stage.key.startswith(prefix):
                erased += stage.abandon()
        # Stages first: one that is committed in between is then found among the blobs.
        for folder in (QUARANTINE, STAGES, BLOBS):
            doomed = [found async for found in self._client.listing(folder + escaped(prefix), versions=True)]
            await self._client.remove(doomed)
            names = {_blob_name(found) for found in doomed}
            erased += Erasure(blobs=len(names), bytes=sum(found.size for found in doomed))
        # A commit that was killed half-way left copies that no listing of objects shows.
        await self._client.abort_multipart_uploads(BLOBS + escaped(prefix))
        return erased

    async def keys(self, prefix: str) -> AsyncIterator[str]:
        """Yield the keys of committed blobs that begin so."""
        async for found in self._client.listing(BLOBS + escaped(prefix)):
            yield unescaped(found.name.removeprefix(BLOBS))

    async def committed(self, prefix: str, since: datetime, before: datetime) -> AsyncIterator[str]:
        """Yield the keys of blobs that were committed in that time, by the server's clock."""
        async for found in self._client.listing(BLOBS + escaped(prefix)):
            if since <= found.modified < before:
                yield unescaped(found.name.removeprefix(BLOBS))

    async def unfinished(self, prefix: str) -> AsyncIterator[Unfinished]:
        """Yield the stages whose keys begin so."""
        last: Unfinished | None = None
        async for found in self._client.listing(STAGES + escaped(prefix)):
            key = unescaped(_blob_name(found).removeprefix(STAGES))
            if last and last.key != key:
                yield last
                last = None
            size = (last.size if last else 0) + found.size
            touched = max(last.touched, found.modified) if last else found.modified
            last = Unfinished(key, size, touched)
        if last:
            yield last

    async def sweep(self, before: datetime) -> Erasure:
        """Delete stages that nobody has written to since, and what killed commits left."""
        await self._client.abort_multipart_uploads(BLOBS, before)
        return await discard_abandoned(self, before)


def _name(key: str) -> str:
    name = escaped(key)
    if not all(name.split("/")) or len(name) > _LONGEST_NAME:
        raise InvalidArgument("a blob key has an empty part or is too long")
    return name


def _blob_name(found: Listed) -> str:
    return found.name.partition(":")[0]


def _adjacent(listed: list[Listed]) -> list[Part]:
    """Return the parts up to the first gap: what lies behind one cannot be gone on from."""
    parts: list[Part] = []
    end = 0
    for found in listed:
        if int(found.name.rpartition(":")[2]) != end:
            break
        parts.append(Part(end, found.size, found.etag))
        end += found.size
    return parts
