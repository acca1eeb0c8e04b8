"""Where decoding happens: JPEG on threads of this process, everything else in worker processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeVar, TypeVarTuple

from inference_core.cores import available_cores
from inference_core.errors import UnreadableImage
from inference_core.isolation import IsolatedPool
from inference_core.observe import Observer, Stage, Unobserved, timed
from inference_core.preprocess import (
    Buffers,
    Decoded,
    Letterbox,
    OutputSpec,
    Photo,
    decode,
    new_buffer,
    pack,
    preprocess,
)
from inference_core.preprocess.decode import decode_to_raster
from inference_core.preprocess.formats import is_cheap_jpeg
from inference_core.preprocess.scale import choose_shrink
from inference_core.preprocess.spec import Box
from inference_core.video import Video, keyframes

Arguments = TypeVarTuple("Arguments")
T = TypeVar("T")

_DETAIL = OutputSpec(1500, 1500, Letterbox())
"""Kept of pictures that cannot cheaply be decoded a second time, for the sake of face chips."""


@dataclass(frozen=True, slots=True)
class Picture:
    """A decoded picture and, where a sharper decode is cheap, the bytes it came from."""

    decoded: Decoded
    data: bytes | None = None


class Decoder:
    """Decodes and prepares pictures off the event loop.

    Args:
        pool: Worker processes for the formats whose decoders are not trusted with this one.
        buffers: Where the tensors go; asked from any thread.
        observer: Is told how long decoding takes.
        threads: For JPEG and for resizing; both release the GIL. By default one for each core. A large
            photo takes two where they would have nothing else to do.
    """

    def __init__(
        self,
        pool: IsolatedPool,
        buffers: Buffers = new_buffer,
        observer: Observer = Unobserved(),
        threads: int | None = None,
    ) -> None:
        self._pool = pool
        self._buffers = buffers
        self._observer = observer
        self._most = threads or available_cores()
        self._busy = 0
        self._threads = ThreadPoolExecutor(self._most, thread_name_prefix="decode")

    async def picture(self, data: bytes, specs: Sequence[OutputSpec]) -> Picture:
        """Decode a picture and fill one tensor for each spec.

        Raises:
            UnreadableImage: The reason says why; half a photo makes no story, so a truncated one is
                unreadable too.
        """
        if is_cheap_jpeg(data):
            work = partial(preprocess, threads=self._threads_for_one())
            picture = Picture(await self.on_thread(work, data, specs, self._buffers), data)
        else:
            with timed(self._observer, Stage.DECODE):
                raster = await self._pool.run(decode_to_raster, data, [*specs, _DETAIL])
            picture = await self.prepared(raster, specs)
        if picture.decoded.raster.truncated:
            raise UnreadableImage("the JPEG data is truncated")
        return picture

    async def prepared(self, photo: Photo, specs: Sequence[OutputSpec]) -> Picture:
        """Fill one tensor for each spec from a decoded photo."""
        return Picture(await self.on_thread(pack, photo, specs, self._buffers))

    async def sharper(self, picture: Picture, specs: Sequence[OutputSpec], within: Box) -> Photo:
        """Return a box of the photo with enough pixels for `specs`, as far as the file has them."""
        photo = picture.decoded.raster
        if picture.data is None or choose_shrink(photo.upright_size, specs) >= photo.shrink:
            return photo
        return await self.on_thread(decode, picture.data, specs, within, self._threads_for_one())

    async def video(self, source: bytes | Path, specs: Sequence[OutputSpec], most: int) -> Video:
        """Decode keyframes of a video.

        Raises:
            UnreadableImage: The reason says why.
        """
        with timed(self._observer, Stage.DECODE):
            return await self._pool.run(keyframes, source, [*specs, _DETAIL], most)

    async def on_thread(self, function: Callable[[*Arguments], T], *args: *Arguments) -> T:
        """Run a function that releases the GIL, or is short, on a thread."""
        loop, context = asyncio.get_running_loop(), copy_context()
        self._busy += 1
        try:
            return await loop.run_in_executor(self._threads, context.run, lambda: self._run(function, *args))
        finally:
            self._busy -= 1

    async def close(self) -> None:
        """End the threads; the pool is its owner's to close."""
        await asyncio.to_thread(self._threads.shutdown, cancel_futures=True)

    def _threads_for_one(self) -> int:
        """Return 2 where a photo that comes now would leave a core idle: it is done sooner, not cheaper."""
        return 2 if self._busy + 2 <= self._most else 1

    def _run(self, function: Callable[[*Arguments], T], *args: *Arguments) -> T:
        with timed(self._observer, Stage.DECODE):
            return function(*args)
