"""Writing one file to the server, from wherever an earlier attempt got to."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from itertools import takewhile
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

import google_crc32c
import grpc
from storyroll.errors.v1 import errors_pb2
from storyroll.upload.v1 import upload_pb2, upload_pb2_grpc

from services.cli.failures import detail_of
from services.cli.sync.conditions import Gate
from services.cli.sync.patience import Patience, may_pass
from services.cli.sync.piece import Piece

CHUNK: Final = 256 * 1024
"""The most that the service takes in one message."""
AT_ONCE: Final = 16
"""Chunks that are read at once, a photo as a rule: a trip to a thread costs as much as reading a chunk."""
_CORRUPT_ATTEMPTS: Final = 3
"""How often bytes may arrive damaged before the file itself is suspected."""

Upload: TypeAlias = "upload_pb2_grpc.UploadServiceAsyncStub"


class FileWriter:
    """Writes files one at a time; make one for each concurrent stream."""

    def __init__(self, upload: Upload, patience: Patience, sent: Callable[[int], None], gate: Gate) -> None:
        self._upload = upload
        self._patience = patience
        self._sent = sent
        self._gate = gate

    async def write(self, piece: Piece) -> upload_pb2.WriteAssetResponse:
        """Write until the server says that the file is durable.

        Raises AioRpcError when it is refused or the server stays away, OSError when it cannot be read.
        """
        offset, damaged = piece.committed, 0
        while True:
            await self._gate.passed()
            try:
                answer = await self._attempt(piece, offset)
            except grpc.aio.AioRpcError as error:
                reason = detail_of(error).reason
                if reason == errors_pb2.REASON_CORRUPT_UPLOAD:
                    damaged += 1
                if not may_pass(error) and not _resumable(reason, damaged):
                    raise
                await self._patience.wait(error)
                committed = await self._committed(piece)
                if committed > offset:
                    self._patience.progressed()
                offset = committed
            else:
                self._patience.progressed()
                return answer

    async def _attempt(self, piece: Piece, offset: int) -> upload_pb2.WriteAssetResponse:
        call = self._upload.WriteAsset()
        try:
            async with aclosing(_requests(piece, offset)) as requests:
                async for request in requests:
                    await call.write(request)
                    self._sent(len(request.chunk.data))
            await call.done_writing()
        except asyncio.InvalidStateError:
            pass  # Answered before the end: the answer itself says why.
        except BaseException:
            call.cancel()
            raise
        return await call

    async def _committed(self, piece: Piece) -> int:
        request = upload_pb2.QueryWriteRequest(sha256=piece.sha256)
        answer = await self._patience.calling(lambda: self._upload.QueryWrite(request))
        known = answer.check.state == upload_pb2.UPLOAD_STATE_KNOWN
        return piece.file.size if known else answer.check.committed_size


def _resumable(reason: int, damaged: int) -> bool:
    if reason == errors_pb2.REASON_CORRUPT_UPLOAD:
        return damaged < _CORRUPT_ATTEMPTS
    return reason == errors_pb2.REASON_WRONG_OFFSET


async def _requests(piece: Piece, offset: int) -> AsyncGenerator[upload_pb2.WriteAssetRequest]:
    """Yield the header, then the file from `offset` in chunks, read a few at a time."""
    yield upload_pb2.WriteAssetRequest(header=piece.header())
    source, pieces = await asyncio.to_thread(_opened, piece.file.path, offset)
    with source:
        while pieces:
            for data in pieces:
                chunk = upload_pb2.Chunk(offset=offset, data=data, crc32c=google_crc32c.value(data))
                yield upload_pb2.WriteAssetRequest(chunk=chunk)
                offset += len(data)
            ended = len(pieces) < AT_ONCE or len(pieces[-1]) < CHUNK
            pieces = [] if ended else await asyncio.to_thread(_read, source)


def _opened(path: Path, offset: int) -> tuple[BinaryIO, list[bytes]]:
    """Open a file and read its first chunks from this offset on."""
    source = path.open("rb")
    source.seek(offset)
    return source, _read(source)


def _read(source: BinaryIO) -> list[bytes]:
    """Read the next chunks; only the file's last ones are fewer or shorter."""
    return list(takewhile(len, (source.read(CHUNK) for _ in range(AT_ONCE))))
