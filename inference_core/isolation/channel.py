"""Objects over a Unix socket, large arrays through anonymous shared memory.

Design note: pickle protocol 5 hands out the buffers of arrays separately. They are copied once into
one anonymous memory file, whose descriptor travels with the message; the receiver maps it, and its
arrays point into the mapping. The memory has no name, so there is nothing that could be left behind
when either side dies: the kernel frees it with its last descriptor and mapping.
"""

from __future__ import annotations

import mmap
import os
import pickle
import socket
import struct
import sys
import tempfile
import time
from typing import Any

_HEADER = struct.Struct("!QI")
_SIZE = struct.Struct("!Q")
_ALIGNMENT = 64


class Channel:
    """One end of a stream of pickled objects. The other end must be trusted with this process."""

    def __init__(self, sock: socket.socket) -> None:
        self._socket = sock

    def close(self) -> None:
        """Close this end; the other one reads the end of the stream."""
        self._socket.close()

    def send(self, message: object, timeout: float | None = None) -> None:
        """Send one object.

        Raises:
            TimeoutError: The other side did not take it within `timeout` seconds.
            OSError: The other side is gone.
        """
        buffers: list[pickle.PickleBuffer] = []
        body = pickle.dumps(message, protocol=5, buffer_callback=buffers.append)
        views = [buffer.raw() for buffer in buffers]
        sizes = b"".join(_SIZE.pack(view.nbytes) for view in views)
        header = _HEADER.pack(len(body), len(views))
        self._socket.settimeout(timeout)
        if views:
            shared = _share(views)
            try:
                socket.send_fds(self._socket, [header], [shared])
            finally:
                os.close(shared)
        else:
            self._socket.sendall(header)
        self._socket.sendall(sizes + body)

    def receive(self, timeout: float | None = None) -> Any:
        """Wait for one object.

        Raises:
            TimeoutError: Nothing complete came within `timeout` seconds.
            EOFError: The other side is gone.
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        header, descriptors = self._receive_header(deadline)
        try:
            body_size, count = _HEADER.unpack(header)
            sizes = [_SIZE.unpack(self._exactly(_SIZE.size, deadline))[0] for _ in range(count)]
            body = self._exactly(body_size, deadline)
            views = _attach(descriptors[0], sizes) if count else []
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        return pickle.loads(body, buffers=views)  # noqa: S301 - both ends are this program

    def _receive_header(self, deadline: float | None) -> tuple[bytes, list[int]]:
        self._allow_until(deadline)
        header, descriptors, _, _ = socket.recv_fds(self._socket, _HEADER.size, 1)
        if not header:
            raise EOFError
        return header + self._exactly(_HEADER.size - len(header), deadline), descriptors

    def _exactly(self, size: int, deadline: float | None) -> bytearray:
        data = bytearray(size)
        rest = memoryview(data)
        while rest:
            self._allow_until(deadline)
            read = self._socket.recv_into(rest)
            if not read:
                raise EOFError
            rest = rest[read:]
        return data

    def _allow_until(self, deadline: float | None) -> None:
        if deadline is None:
            self._socket.settimeout(None)
            return
        left = deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        self._socket.settimeout(left)


def _share(views: list[memoryview]) -> int:
    """Return a descriptor of fresh anonymous memory that holds the views one after the other."""
    descriptor = _anonymous_file()
    os.truncate(descriptor, max(sum(_aligned(view.nbytes) for view in views), 1))
    offset = 0
    for view in views:
        rest = view.cast("B")
        position = offset
        while rest:
            written = os.pwrite(descriptor, rest, position)
            rest, position = rest[written:], position + written
        offset += _aligned(view.nbytes)
    return descriptor


def _anonymous_file() -> int:
    if sys.platform == "linux":
        return os.memfd_create("storyroll-result")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def _attach(descriptor: int, sizes: list[int]) -> list[memoryview]:
    memory = memoryview(mmap.mmap(descriptor, max(sum(map(_aligned, sizes)), 1)))
    views, offset = [], 0
    for size in sizes:
        views.append(memory[offset : offset + size])
        offset += _aligned(size)
    return views


def _aligned(size: int) -> int:
    return -(-size // _ALIGNMENT) * _ALIGNMENT
