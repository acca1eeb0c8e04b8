"""Direct uploads: bytes go from the client to S3, land in quarantine, and are taken in from there.

Nothing is remembered between the two calls: the key in quarantine follows from the hash, as the asset's id
does. So either call may be repeated, by anybody who holds the owner's token, and goes on with what is there.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

from services.domain.errors import ConsentRequired, CorruptUpload, FailedPrecondition, MediaTooLarge, NotFound
from services.domain.identity import AssetId, OwnerId, original_key
from services.domain.ports import Catalog, KeyRing, LandingPlace
from services.domain.records import Kind
from services.upload.admission import Admission
from services.upload.intake import MAX_CHUNK, AssetHeader, Checksum, Chunk
from services.upload.naming import asset_id
from services.upload.query import QueryWrite
from services.upload.write import WriteAsset, Written

URL_LIFETIME: Final = timedelta(minutes=15)
STAY: Final = timedelta(minutes=45)
"""How long what landed may wait; with the sweep's interval, less than an hour."""
_PART: Final = 16 << 20
_MOST_PARTS: Final = 1000
_READ: Final = 4 << 20
_MIB: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class InvitedPart:
    """A piece of the file, and where it is wanted."""

    offset: int
    size: int
    url: str
    landed: bool
    """Whether it is there already."""


@dataclass(frozen=True, slots=True)
class Invitation:
    """Where to put a file."""

    parts: tuple[InvitedPart, ...]
    expires: datetime
    known: AssetId | None = None
    """Set when nothing needs to be sent."""


class CreateDirectUpload:
    """Says where the parts of a file may be put."""

    def __init__(
        self, catalog: Catalog, keyring: KeyRing, landing: LandingPlace | None, admission: Admission
    ) -> None:
        self._catalog = catalog
        self._keyring = keyring
        self._landing = landing
        self._admission = admission

    async def __call__(self, owner: OwnerId, header: AssetHeader) -> Invitation:
        """Return the parts with their URLs, fresh ones at every call.

        Raises:
            ConsentRequired: CLOUD_PROCESSING is not granted.
            InvalidArgument, UnsupportedMediaType, MediaTooLarge: the file cannot be taken.
            FailedPrecondition: Blobs are not on S3.
            QuotaExceeded: a limit was reached.
        """
        asset = await asset_id(self._keyring, owner, header.sha256)
        media = header.media()
        landing = _required(self._landing)
        expires = datetime.now(UTC) + URL_LIFETIME
        known = await self._catalog.lookup(owner, Kind.ASSET, [header.sha256])
        if header.sha256 in known:
            return Invitation((), expires, AssetId(known[header.sha256]))
        await self._admission.expect(owner, media.kind, header.size)
        key, sizes = original_key(owner, asset), part_sizes(header.size)
        landed = await landing.landed(key)
        urls = landing.invite(key, len(sizes), URL_LIFETIME)
        parts = (
            InvitedPart(index * sizes[0], size, url, landed.get(index) == size)
            for index, (size, url) in enumerate(zip(sizes, urls, strict=True))
        )
        return Invitation(tuple(parts), expires)


class CompleteDirectUpload:
    """Takes a file in that has landed: verified, stripped, sealed, recorded, and gone from quarantine."""

    def __init__(
        self,
        write: WriteAsset,
        query: QueryWrite,
        keyring: KeyRing,
        landing: LandingPlace | None,
        checksum: Checksum,
    ) -> None:
        self._write = write
        self._query = query
        self._keyring = keyring
        self._landing = landing
        self._checksum = checksum

    async def __call__(self, owner: OwnerId, header: AssetHeader) -> Written:
        """Take the file in; return once it is durable, at once if it is known. May be repeated.

        Raises what `WriteAsset` does, CorruptUpload also for parts that are missing or of a wrong size, and
        FailedPrecondition where blobs are not on S3.
        """
        key = original_key(owner, await asset_id(self._keyring, owner, header.sha256))
        landing = _required(self._landing)
        progress = await self._query(owner, header.sha256)
        if progress.asset_id is None:
            _expect_all(await landing.landed(key), part_sizes(header.size))
        try:
            chunks = self._chunks(landing, key, header.size, progress.committed)
            written = await self._write(owner, header, chunks)
        except (CorruptUpload, MediaTooLarge, ConsentRequired) as error:
            if not getattr(error, "committed", 0):
                await landing.clear(key)
            raise
        await landing.clear(key)
        return written

    async def _chunks(
        self, landing: LandingPlace, key: str, size: int, committed: int
    ) -> AsyncIterator[Chunk]:
        part_size = part_sizes(size)[0]
        while committed < size:
            part, offset = divmod(committed, part_size)
            try:
                data = await landing.read(key, part, offset, min(_READ, part_size - offset))
            except NotFound:
                return  # Deleted meanwhile: whoever takes the chunks says how far they went.
            for start in range(0, len(data), MAX_CHUNK):
                piece = data[start : start + MAX_CHUNK]
                yield Chunk(committed, piece, self._checksum(piece))
                committed += len(piece)


def part_sizes(size: int) -> list[int]:
    """Return the bytes of each part of a file; all but the last are equal."""
    part = max(_PART, -(-size // (_MOST_PARTS * _MIB)) * _MIB)
    return [min(part, size - offset) for offset in range(0, size, part)]


def _expect_all(landed: Mapping[int, int], sizes: list[int]) -> None:
    committed = 0
    for index, size in enumerate(sizes):
        if landed.get(index) != size:
            there = f"has {landed[index]} bytes" if index in landed else "has not arrived"
            raise CorruptUpload(
                f"part {index + 1} of {len(sizes)}, of {size} bytes, {there}; put it there again", committed
            )
        committed += size


def _required(landing: LandingPlace | None) -> LandingPlace:
    if landing is None:
        raise FailedPrecondition("this server keeps its blobs in a folder: upload with WriteAsset instead")
    return landing
