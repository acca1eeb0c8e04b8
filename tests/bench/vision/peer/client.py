"""The client of the peer: for a photo one request each task, over connections that are kept."""

from __future__ import annotations

import asyncio
import http.client
import io
import json
import subprocess
import sys
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

from PIL import Image, ImageOps

from tests.bench.vision.load import Look

_TASKS = ("faces", "classifier", "objects", "sensitive")
_MOST_REQUESTS = 64
_PREVIEW = (1440, 1440)


async def open_peer(resources: AsyncExitStack, photos: Sequence[bytes], *, previews: bool) -> Look:
    """Start the peer and return how it looks at a photo; it ends with `resources`.

    Args:
        resources: Entered by the caller.
        photos: JPEG files.
        previews: Send previews of them, as Immich makes them, in their place.
    """
    files = await asyncio.to_thread(lambda: [preview(photo) for photo in photos]) if previews else photos
    threads = resources.enter_context(ThreadPoolExecutor(_MOST_REQUESTS))
    requests = Requests(await asyncio.to_thread(_started, resources))

    async def look(number: int) -> None:
        loop, data = asyncio.get_running_loop(), files[number % len(files)]
        asked = [loop.run_in_executor(threads, requests.ask, task, data) for task in _TASKS]
        await asyncio.gather(*asked)

    return look


class Requests:
    """Asks a server on this machine; each thread has a connection of its own."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._local = threading.local()

    def ask(self, task: str, data: bytes) -> dict[str, Any]:
        """Return the answer for one image and task."""
        if not hasattr(self._local, "connection"):
            self._local.connection = http.client.HTTPConnection("127.0.0.1", self._port)
        connection: http.client.HTTPConnection = self._local.connection
        connection.request("POST", f"/{task}", data)
        response = connection.getresponse()
        body = response.read()
        if response.status != http.HTTPStatus.OK:
            raise RuntimeError(f"the peer answered {response.status}")
        answer: dict[str, Any] = json.loads(body)
        return answer


def preview(photo: bytes) -> bytes:
    """Return an upright JPEG of 1440 pixels at quality 80, Immich's default."""
    image = ImageOps.exif_transpose(Image.open(io.BytesIO(photo)))
    image.thumbnail(_PREVIEW)
    file = io.BytesIO()
    image.save(file, "JPEG", quality=80)
    return file.getvalue()


def _started(resources: AsyncExitStack) -> int:
    """Start the server and return its port."""
    command = [sys.executable, "-m", "tests.bench.vision.peer.service"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    resources.enter_context(process)
    assert process.stdin is not None
    assert process.stdout is not None
    resources.callback(process.stdin.close)
    return int(process.stdout.readline())
