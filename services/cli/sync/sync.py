"""One sync of a folder: hashing, asking and writing overlap."""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

import grpc
from storyroll.upload.v1 import upload_pb2

from services.cli.failures import CommandError, explained, leaves
from services.cli.session import Session
from services.cli.sync.conditions import Gate
from services.cli.sync.journal import Journal
from services.cli.sync.outcome import Outcome
from services.cli.sync.patience import Patience
from services.cli.sync.piece import Piece
from services.cli.sync.settling import settled_files, unchanged
from services.cli.sync.walk import LocalFile, Walk
from services.cli.sync.ways import DirectWay, Ways

BATCH: Final = 1_000
"""Hashes in one CheckAssets call, the most that it takes."""
STREAMS: Final = 4
"""Files that are written at the same time."""
_HASHERS: Final = min(4, os.cpu_count() or 1)
_FATAL: Final = frozenset(
    {
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.UNAVAILABLE,
    }
)
"""Statuses that the next file would meet too."""

Hashed = tuple[LocalFile, bytes]


class Progress(Protocol):
    """Is told how far a sync has come."""

    def found(self, size: int) -> None:
        """Another file, of this many bytes, was found."""
        ...

    def done(self, size: int) -> None:
        """A file of this size is settled: uploaded, known or failed."""
        ...


@dataclass(slots=True)
class Sync:
    """Brings a folder's photos and videos to the server."""

    session: Session
    folder: Path
    progress: Progress
    patience: float = 120.0
    """Seconds without any progress after which a server counts as gone."""
    gate: Gate = field(default_factory=Gate)
    """Says when something may be sent."""
    settle_limit: float = 60.0
    """Seconds for which files that are still written to are waited for."""
    overtaken: asyncio.Event = field(default_factory=asyncio.Event)
    """Once set, files that are under way are finished and the others left to the next sync."""
    direct: DirectWay | None = None
    """Where bytes shall go straight to S3."""
    outcome: Outcome = field(default_factory=Outcome)

    async def run(self) -> Outcome:
        """Sync once; one file's failure never stops the rest.

        Raises CommandError when nothing more can succeed: no server, no consent, no valid token.
        """
        walk = Walk(self.folder)
        pieces: asyncio.Queue[Piece | None] = asyncio.Queue(maxsize=2 * BATCH)
        ways = Ways(self.session.upload, self.patience, self._count, self.gate, self.direct)
        with Journal.of(self.folder) as journal:
            try:
                async with asyncio.TaskGroup() as tasks:
                    writers = [tasks.create_task(self._write_all(pieces, ways)) for _ in range(STREAMS)]
                    await self._find(walk, journal, pieces)
                    for _ in writers:
                        await pieces.put(None)
            except* grpc.aio.AioRpcError as group:
                raise self._stopped(group) from None
        self.outcome.skipped = walk.skipped
        self.outcome.in_flux += walk.in_flux
        return self.outcome

    def _stopped(self, group: BaseExceptionGroup[grpc.aio.AioRpcError]) -> CommandError:
        error = next(leaves(group))
        assert isinstance(error, grpc.aio.AioRpcError)
        return explained(error, self.session.address)

    async def _find(self, walk: Walk, journal: Journal, pieces: asyncio.Queue[Piece | None]) -> None:
        """Queue every file that the server lacks, asking about a batch while the next is hashed."""
        seen: set[bytes] = set()
        async with aclosing(self._hashed(walk, journal)) as hashed, aclosing(_batches(hashed)) as batches:
            async for batch in batches:
                if self.overtaken.is_set():
                    return
                await self._check(self._first_seen(batch, seen), pieces)

    def _first_seen(self, batch: list[Hashed], seen: set[bytes]) -> list[Hashed]:
        fresh = []
        for file, digest in batch:
            if digest in seen:
                self.outcome.repeated += 1
                self.progress.done(file.size)
            else:
                seen.add(digest)
                fresh.append((file, digest))
        return fresh

    async def _hashed(self, walk: Walk, journal: Journal) -> AsyncGenerator[Hashed]:
        """Yield files with their SHA-256, hashed in threads a few at a time, in order."""
        files = settled_files(walk, self.settle_limit)
        running: deque[tuple[LocalFile, asyncio.Task[bytes | None]]] = deque()
        try:
            while True:
                while len(running) < 2 * _HASHERS and (file := await anext(files, None)):
                    self.progress.found(file.size)
                    running.append((file, asyncio.create_task(self._digest(file, journal))))
                if not running:
                    return
                file, task = running.popleft()
                if digest := await task:
                    yield file, digest
        finally:
            for _, task in running:
                task.cancel()

    async def _digest(self, file: LocalFile, journal: Journal) -> bytes | None:
        if known := journal.digest(file):
            return known
        try:
            digest = await asyncio.to_thread(_sha256, file)
            if digest is None:
                self.outcome.in_flux += 1
                self.progress.done(file.size)
                return None
        except OSError as error:
            self._fail(file, error.strerror or "cannot be read")
            return None
        journal.remember(file, digest)
        return digest

    async def _check(self, batch: list[Hashed], pieces: asyncio.Queue[Piece | None]) -> None:
        if not batch:
            return
        request = upload_pb2.CheckAssetsRequest(sha256=[digest for _, digest in batch])
        patience = Patience(self.patience)
        await self.gate.passed()
        answer = await patience.calling(lambda: self.session.upload.CheckAssets(request))
        for (file, digest), check in zip(batch, answer.checks, strict=True):
            if check.state == upload_pb2.UPLOAD_STATE_KNOWN:
                self.outcome.known += 1
                self.progress.done(file.size)
            else:
                await pieces.put(Piece(file, digest, check.committed_size))

    async def _write_all(self, pieces: asyncio.Queue[Piece | None], ways: Ways) -> None:
        while piece := await pieces.get():
            if not self.overtaken.is_set():
                await self._write(piece, ways)

    async def _write(self, piece: Piece, ways: Ways) -> None:
        try:
            known = await ways.write(piece)
        except grpc.aio.AioRpcError as error:
            if error.code() in _FATAL:
                raise
            self._fail(piece.file, error.details() or error.code().name)
        except OSError as error:
            self._fail(piece.file, error.strerror or "cannot be read")
        else:
            self.outcome.known += known
            self.outcome.uploaded += not known
            self.progress.done(piece.file.size)

    def _count(self, size: int) -> None:
        self.outcome.bytes_sent += size

    def _fail(self, file: LocalFile, reason: str) -> None:
        self.outcome.failed[file.relative] = reason
        self.progress.done(file.size)


async def _batches(items: AsyncIterator[Hashed]) -> AsyncGenerator[list[Hashed]]:
    """Group items by up to BATCH; the first groups are small, so that writing begins early."""
    batch: list[Hashed] = []
    size = STREAMS
    async for item in items:
        batch.append(item)
        if len(batch) >= size:
            yield batch
            batch, size = [], min(BATCH, 4 * size)
    if batch:
        yield batch


def _sha256(file: LocalFile) -> bytes | None:
    """Return the file's SHA-256; None if it changed since it was found."""
    with file.path.open("rb") as source:
        digest = hashlib.file_digest(source, "sha256").digest()
    return digest if unchanged(file) else None
