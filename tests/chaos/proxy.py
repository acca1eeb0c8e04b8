"""A connection that can be made as bad as a phone's: a TCP proxy that cuts, resets, trickles and refuses."""

from __future__ import annotations

import asyncio
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

_BLOCK: Final = 16 << 10
_TRICKLE: Final = (512, 0.02)
"""Bytes, and seconds between two such pieces."""
_RESET: Final = struct.pack("ii", 1, 0)


class Proxy:
    """Passes connections on to one port of this machine; its own stays the same."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.trickles = False
        self.refuses = False
        self.cuts = 0
        self._open: set[asyncio.StreamWriter] = set()

    def cut(self, *, reset: bool) -> int:
        """End every connection, in the middle of whatever it carries; return how many."""
        count = len(self._open)
        for writer in list(self._open):
            if reset:
                end: socket.socket = writer.get_extra_info("socket")
                end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            writer.transport.abort() if reset else writer.close()
        self.cuts += count // 2
        return count

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Carry one connection."""
        if self.refuses:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, far_writer}
        self._open |= ends
        try:
            async with asyncio.TaskGroup() as ways:
                ways.create_task(self._carry(reader, far_writer))
                ways.create_task(self._carry(far_reader, writer))
        except* OSError:
            pass
        finally:
            self._open -= ends
            for end in ends:
                end.transport.abort()

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(_BLOCK):
            size, pause = _TRICKLE if self.trickles else (len(data), 0.0)
            for at in range(0, len(data), size):
                writer.write(data[at : at + size])
                await writer.drain()
                if pause and self.trickles:
                    await asyncio.sleep(pause)
        # One side is done: the other one learns it, and both ways end.
        raise ConnectionResetError


@asynccontextmanager
async def proxy_to(target: int) -> AsyncIterator[Proxy]:
    """Run a proxy to a port of this machine for as long as the block lasts."""
    proxy = Proxy(target)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.port = server.sockets[0].getsockname()[1]
    try:
        yield proxy
    finally:
        server.close()
        proxy.cut(reset=True)
