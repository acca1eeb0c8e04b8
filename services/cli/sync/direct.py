"""Bringing one file straight to S3: the server says where its parts go, and takes them in from there."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import Callable
from pathlib import Path
from typing import Final, Protocol

import grpc
from storyroll.errors.v1 import errors_pb2
from storyroll.upload.v1 import upload_pb2

from services.cli.failures import detail_of
from services.cli.sync.conditions import Gate
from services.cli.sync.patience import Patience
from services.cli.sync.piece import Piece
from services.cli.sync.settling import unchanged
from services.cli.sync.writer import Upload

_ATTEMPTS: Final = 2
"""How often what landed may not be the whole file, before it goes another way."""
_TAKING_IN: Final = 2 << 20
"""Bytes a second at which a server takes in what landed, at the least."""
_USUAL_DEADLINE: Final = 60.0


Sent = Callable[[int], None]
"""Told how many bytes went out, again and again."""


class StorageError(Exception):
    """A part was not taken; the message says why, and nothing of the URL: whoever holds it may put there."""


class Declined(Exception):
    """This file cannot go straight to S3; the message says why."""


class NoDirectWay(Declined):
    """No file can."""


class Storage(Protocol):
    """Where parts are put."""

    async def put(self, path: Path, part: upload_pb2.DirectPart, sent: Sent) -> None:
        """Send one part of a file; raise StorageError, or OSError where the file cannot be read."""
        ...


class DirectWriter:
    """Brings files in one at a time; make one for each concurrent stream.

    Nothing is remembered here: the server tells which parts are there, so that a sync that was killed puts
    only the others, by URLs that are fresh.
    """

    def __init__(
        self,
        upload: Upload,
        storage: Storage,
        patience: Patience,
        storage_patience: Patience,
        *,
        sent: Sent,
        gate: Gate,
    ) -> None:
        self._upload = upload
        self._storage = storage
        self._patience = patience
        self._storage_patience = storage_patience
        self._sent = sent
        self._gate = gate

    async def write(self, piece: Piece) -> bool:
        """Put what lacks until the server says that the file is durable; tell whether it had been before.

        Raises:
            AioRpcError: It is refused, or the server stays away.
            Declined: It must go another way, or all must.
            OSError: It cannot be read, or changed meanwhile.
        """
        for _ in range(_ATTEMPTS):
            if not await self._landed(piece):
                return True
            try:
                return await self._completed(piece)
            except grpc.aio.AioRpcError as error:
                if detail_of(error).reason != errors_pb2.REASON_CORRUPT_UPLOAD:
                    raise
        raise Declined("what landed on S3 is not the whole file, or no longer")

    async def _landed(self, piece: Piece) -> bool:
        """Put all parts that are not there; False where the file is known and nothing is wanted."""
        while True:
            invitation = await self._invitation(piece)
            if invitation.asset_id:
                return False
            if piece.committed and not any(part.landed for part in invitation.parts):
                raise Declined("it goes on where it was, through the server")
            try:
                await self._put(piece, invitation)
            except StorageError as error:
                # A URL may have expired, or the store be away: either way the next try asks for fresh ones.
                await self._wait(piece, error)
            else:
                return True

    async def _invitation(self, piece: Piece) -> upload_pb2.CreateDirectUploadResponse:
        request = upload_pb2.CreateDirectUploadRequest(header=piece.header())
        await self._gate.passed()
        try:
            return await self._patience.calling(lambda: self._upload.CreateDirectUpload(request))
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.FAILED_PRECONDITION or detail_of(error).reason:
                raise
            raise NoDirectWay("the server keeps its blobs in a folder, not on S3") from None

    async def _put(self, piece: Piece, invitation: upload_pb2.CreateDirectUploadResponse) -> None:
        for part in invitation.parts:
            if not part.landed:
                await self._gate.passed()
                await self._storage.put(piece.file.path, part, self._sent)
                self._storage_patience.progressed()

    async def _wait(self, piece: Piece, error: StorageError) -> None:
        if not await asyncio.to_thread(unchanged, piece.file):
            raise OSError(errno.ESTALE, "changed while it was sent")
        try:
            await self._storage_patience.wait(error)
        except StorageError:
            raise NoDirectWay(str(error)) from None

    async def _completed(self, piece: Piece) -> bool:
        request = upload_pb2.CompleteDirectUploadRequest(header=piece.header())
        deadline = _USUAL_DEADLINE + piece.file.size / _TAKING_IN
        answer = await self._patience.calling(
            lambda: self._upload.CompleteDirectUpload(request, timeout=deadline)
        )
        self._patience.progressed()
        return answer.already_known
