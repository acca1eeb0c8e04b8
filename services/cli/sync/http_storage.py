"""S3 as a client without keys sees it: one HTTP PUT to each presigned URL."""

from __future__ import annotations

import asyncio
import errno
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path
from typing import BinaryIO, Final

import aiohttp
from storyroll.upload.v1 import upload_pb2
from yarl import URL

from services.cli.sync.direct import Sent, StorageError

_BLOCK: Final = 1 << 20
_CONNECT_S: Final = 10.0
_STALL_S: Final = 60.0
"""Seconds in which a block must go out, and the answer must come after the last."""


class HttpStorage:
    """Fulfils `direct.Storage`; memory holds a block of each part under way, never the part.

    Args:
        http: Sends no credentials of its own: the signature is all that a presigned URL bears.
    """

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http

    async def put(self, path: Path, part: upload_pb2.DirectPart, sent: Sent) -> None:
        """Send one part of a file; raise StorageError, or OSError where the file cannot be opened."""
        url = URL(part.url, encoded=True)
        with await asyncio.to_thread(path.open, "rb") as source:
            try:
                status = await self._status(url, part, source, sent)
            except (aiohttp.ClientError, TimeoutError):
                raise StorageError(f"the S3 server at {url.authority} cannot be reached from here") from None
        if status != HTTPStatus.OK:
            raise StorageError(f"the S3 server at {url.authority} answered {status}")

    async def _status(self, url: URL, part: upload_pb2.DirectPart, source: BinaryIO, sent: Sent) -> int:
        length = {"Content-Length": str(part.size)}
        async with asyncio.timeout(_STALL_S) as stall:

            def went_out(size: int) -> None:
                sent(size)
                stall.reschedule(asyncio.get_running_loop().time() + _STALL_S)

            blocks = _blocks(source, part, went_out)
            async with self._http.put(url, data=blocks, headers=length, allow_redirects=False) as response:
                return response.status


@asynccontextmanager
async def http_storage() -> AsyncIterator[HttpStorage]:
    """Open connections to whatever server URLs name, and close them at the end."""
    timeout = aiohttp.ClientTimeout(total=None, sock_connect=_CONNECT_S)
    async with aiohttp.ClientSession(timeout=timeout, auto_decompress=False) as http:
        yield HttpStorage(http)


async def _blocks(source: BinaryIO, part: upload_pb2.DirectPart, went_out: Sent) -> AsyncIterator[bytes]:
    """Yield the part; whoever asks for the next block has let go of the one before."""
    source.seek(part.offset)
    left = part.size
    while left:
        block = await asyncio.to_thread(source.read, min(_BLOCK, left))
        if not block:
            raise OSError(errno.ESTALE, "the file became shorter")
        yield block
        went_out(len(block))
        left -= len(block)
