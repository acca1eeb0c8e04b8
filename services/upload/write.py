"""Taking one file in: checked against consent first, durable before it is acknowledged.

The order at the end is: the original is durable in the vault, then its record, its message and its line in
the audit log appear in one transaction. A crash in between leaves a blob that no record names, nor ever will,
for every commit has a name of its own: the retry makes another one, and `services.upload.orphans` takes it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.domain.accounts import AuditAction, audit
from services.domain.consent import Scope
from services.domain.errors import (
    AlreadyExists,
    Conflict,
    CorruptUpload,
    MediaTooLarge,
    NotFound,
    StoryrollError,
)
from services.domain.facets import LocationTags, Original
from services.domain.identity import AssetId, OwnerId, fresh_blob_key, original_key
from services.domain.messages import Message, MessageType
from services.domain.ports import (
    Catalog,
    Clock,
    KeyRing,
    LocationStripper,
    Patch,
    StagedOriginal,
    Transaction,
    Vault,
)
from services.domain.records import AssetState, Kind
from services.upload.admission import Admission
from services.upload.intake import AssetHeader, Checksum, Chunk, Intake
from services.upload.naming import asset_id
from services.upload.orphans import GRACE, Orphans, may_be_recorded

__all__ = ["AssetHeader", "Chunk", "WriteAsset", "Written"]


@dataclass(frozen=True, slots=True)
class Written:
    """A file that is durable and verified."""

    asset_id: AssetId
    committed: int
    """Bytes that are durable: the size of the file."""
    already_known: bool


class WriteAsset:
    """Receives files, chunk by chunk."""

    def __init__(
        self,
        catalog: Catalog,
        vault: Vault,
        keyring: KeyRing,
        clock: Clock,
        *,
        stripper: LocationStripper,
        checksum: Checksum,
        admission: Admission,
        orphan_grace: timedelta = GRACE,
    ) -> None:
        self._catalog = catalog
        self._vault = vault
        self._keyring = keyring
        self._clock = clock
        self._stripper = stripper
        self._checksum = checksum
        self._admission = admission
        self._orphan_grace = orphan_grace
        self._orphans = Orphans(catalog, vault)
        self._writing: set[str] = set()

    async def __call__(self, owner: OwnerId, header: AssetHeader, chunks: AsyncIterator[Chunk]) -> Written:
        """Write one file; return once it is durable, at once if it is known.

        Raises:
            ConsentRequired: CLOUD_PROCESSING is not granted; nothing was stored.
            InvalidArgument, UnsupportedMediaType, MediaTooLarge: the file cannot be taken.
            WrongOffset, CorruptUpload: continue at the committed offset that they carry.
            Conflict: another call is writing this file, or consent changed meanwhile, or it took too long.
            QuotaExceeded: a limit was reached.
        """
        asset = await asset_id(self._keyring, owner, header.sha256)
        intake = Intake(header, self._checksum)
        known = await self._catalog.lookup(owner, Kind.ASSET, [header.sha256])
        if header.sha256 in known:
            return Written(AssetId(known[header.sha256]), header.size, already_known=True)
        admitted = self._admission.write(owner, intake.media.kind, header.size)
        with self._alone(original_key(owner, asset)) as key:
            async with admitted:
                stage = await self._vault.stage(owner, key)
                await self._receive(stage, intake, chunks)
                fresh = await self._store(owner, asset, header, intake, stage)
        return Written(asset, header.size, already_known=not fresh)

    @contextmanager
    def _alone(self, key: str) -> Iterator[str]:
        if key in self._writing:
            raise Conflict("another call is writing this file; ask again how far it has come")
        self._writing.add(key)
        try:
            yield key
        finally:
            self._writing.discard(key)

    async def _receive(self, stage: StagedOriginal, intake: Intake, chunks: AsyncIterator[Chunk]) -> None:
        """Take what is missing of the file; whatever goes wrong, what may be resumed is kept."""
        try:
            async for data in stage.plaintext():
                intake.add(data)
            if intake.missing < 0:
                raise CorruptUpload("more was kept than this file has; send it again from the start", 0)
            async for chunk in chunks:
                await self._accept(stage, intake, chunk)
            if intake.missing:
                message = f"the stream ended {intake.missing} bytes too early"
                raise CorruptUpload(message, await _saved(stage))
            intake.finish()
        except BaseException as error:
            await asyncio.shield(_keep_or_discard(stage, error))
            raise

    async def _accept(self, stage: StagedOriginal, intake: Intake, chunk: Chunk) -> None:
        if intake.may_follow(chunk):
            intake.add(chunk.data)
            await stage.append(chunk.data)
        else:
            intake.refuse(chunk, await _saved(stage))

    async def _store(
        self, owner: OwnerId, asset: AssetId, header: AssetHeader, intake: Intake, stage: StagedOriginal
    ) -> bool:
        """Make it the asset's original; tell whether it is, or somebody else's copy was faster."""
        async with stage.as_file() as path:
            blanks = await self._stripper.find(path)
            tags = LocationTags(await asyncio.to_thread(_cut_out, path, blanks) if blanks else ())
        began, key = datetime.now(UTC), fresh_blob_key(original_key(owner, asset))
        try:
            await stage.commit(blanks, key=key)
        except NotFound as error:
            raise Conflict("the upload was erased while it came in") from error
        original = self._original(key, header, intake)
        try:
            await self._record(owner, asset, original, tags, began)
        except StoryrollError as error:
            # Whether it was recorded may be unknown. What cannot be told now is told by the sweep.
            with contextlib.suppress(StoryrollError):
                await self._orphans.delete(owner, [key])
            if not isinstance(error, AlreadyExists):
                raise
            return False
        return True

    def _original(self, blob_key: str, header: AssetHeader, intake: Intake) -> Original:
        return Original(
            filename=header.filename,
            path=header.path,
            media_type=intake.media.mime,
            kind=intake.media.kind,
            size=header.size,
            sha256=header.sha256,
            blob_key=blob_key,
            uploaded_at=self._clock.now(),
            hint=header.hint,
        )

    async def _record(
        self, owner: OwnerId, asset: AssetId, original: Original, tags: LocationTags, began: datetime
    ) -> None:
        now = original.uploaded_at
        async with self._catalog.transaction(owner) as tx:
            if await asset_id(self._keyring, owner, original.sha256) != asset:
                raise Conflict("consent was taken back and granted again while the file came in")
            if not may_be_recorded(began, self._orphan_grace):
                raise Conflict("storing the file took too long; send it again")
            await _expect_none(tx, asset)
            located = tags.patches and Scope.LOCATION in await self._keyring.scopes(owner)
            facets = (original, tags) if located else (original,)
            await tx.put(
                Kind.ASSET,
                asset,
                *facets,
                time=original.hint or now,
                state=AssetState.STORED,
                fingerprint=original.sha256,
            )
            await tx.publish(Message.of(MessageType.ASSET_STORED, owner, asset, now))
            await audit(tx, AuditAction.ASSET_STORED, now, subject=asset)


async def _expect_none(tx: Transaction, asset: AssetId) -> None:
    """Raise AlreadyExists if another process stored the same file meanwhile: the first one counts."""
    with contextlib.suppress(NotFound):
        if (await tx.get(Kind.ASSET, asset)).get(Original):
            raise AlreadyExists("the file was stored by another call")


async def _saved(stage: StagedOriginal) -> int:
    """Make durable what can be; return where the caller goes on."""
    await stage.flush()
    return stage.committed


async def _keep_or_discard(stage: StagedOriginal, error: BaseException) -> None:
    """Keep what a later call can continue; forget a file that is refused or is not what was announced."""
    refused = isinstance(error, MediaTooLarge) or (isinstance(error, CorruptUpload) and not error.committed)
    with contextlib.suppress(StoryrollError):
        await (stage.discard() if refused else stage.flush())


def _cut_out(path: Path, blanks: Sequence[Patch]) -> tuple[Patch, ...]:
    """Return the bytes that the blanks will cover."""
    with path.open("rb") as file:
        cut = []
        for offset, blank in blanks:
            file.seek(offset)
            cut.append((offset, file.read(len(blank))))
        return tuple(cut)
