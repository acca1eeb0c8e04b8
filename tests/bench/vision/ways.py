"""The ways, opened in this process: each looks at the same photos."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from unittest import mock

from inference_core.analysis import Task
from inference_core.analyzer import Analyzer
from inference_core.isolation import IsolatedPool
from inference_core.local import analyzer_over, local_analyzer, local_engine
from inference_core.models.repository import write_repository
from inference_core.remote import triton_engine
from inference_core.serving.install import install_triton
from inference_core.serving.server import TritonServer
from tests.bench.vision.contenders import Way
from tests.bench.vision.load import Look
from tests.bench.vision.peer.client import open_peer
from tests.bench.vision.recording import record
from tests.bench.vision.tally import Tally

_ALL = frozenset(Task)


@dataclass(frozen=True, slots=True)
class Opened:
    """A way that is open.

    Attributes:
        look: Looks at a photo.
        tally: What it tells meanwhile.
    """

    look: Look
    tally: Tally = field(default_factory=Tally)


class Ways:
    """Opens ways when they are first asked for; what they need ends with `resources`.

    Args:
        photos: JPEG files; photo number n is the one at n, over and over.
        resources: Entered by the caller.
    """

    def __init__(self, photos: Sequence[bytes], resources: AsyncExitStack) -> None:
        self._photos = photos
        self._resources = resources
        self._pool = resources.enter_context(IsolatedPool(workers=1))
        self._opened: dict[Way, Opened] = {}
        self._server: TritonServer | None = None

    async def open(self, way: Way) -> Opened:
        """Return a way that has looked at every photo once."""
        if way not in self._opened:
            self._opened[way] = opened = await self._open(way)
            with decoding(way):
                for number in range(len(self._photos)):
                    await opened.look(number)
        return self._opened[way]

    async def _open(self, way: Way) -> Opened:
        match way:
            case Way.BARE:
                return await self._bare()
            case Way.LOCAL | Way.PILLOW:
                tally = Tally()
                return self._analysis(local_analyzer(self._pool, observer=tally), tally)
            case Way.SHARED | Way.TENSORS:
                return await self._triton(shared=way is Way.SHARED)
            case Way.PEER | Way.PEER_PREVIEWS:
                previews = way is Way.PEER_PREVIEWS
                return Opened(await open_peer(self._resources, self._photos, previews=previews))

    async def _bare(self) -> Opened:
        batches = await record(self._pool, self._photos)
        engine = local_engine()
        self._resources.push_async_callback(engine.close)

        async def look(number: int) -> None:
            asked = batches[number % len(batches)]
            await asyncio.gather(*(engine.infer(model, batch) for model, batch in asked))

        return Opened(look)

    async def _triton(self, shared: bool) -> Opened:
        server, tally = await self._running(), Tally()
        # Without the server's secret an engine may not share memory with it.
        engine = triton_engine(server.address, server.headers if shared else None, proves=True)
        analyzer = analyzer_over(engine, self._pool, max_batch=2, max_delay=0.002, observer=tally)
        opened = self._analysis(analyzer, tally)
        while engine.shares_memory != shared:
            await opened.look(0)
        return opened

    async def _running(self) -> TritonServer:
        if self._server is None:
            folder = Path(self._resources.enter_context(tempfile.TemporaryDirectory()))
            write_repository("wheel", folder / "models")
            opening = TritonServer.open(install_triton(), folder / "models", folder / "log")
            self._server = await self._resources.enter_async_context(opening)
        return self._server

    def _analysis(self, analyzer: Analyzer, tally: Tally) -> Opened:
        self._resources.push_async_callback(analyzer.close)

        async def look(number: int) -> None:
            await analyzer.analyze(self._photos[number % len(self._photos)], "image/jpeg", _ALL)

        return Opened(look, tally)


@contextmanager
def decoding(way: Way) -> Iterator[None]:
    """Decode as the way wants it while the block runs."""
    if way is Way.PILLOW:
        with mock.patch("inference_core.preprocess.decode.decode_baseline", return_value=None):
            yield
    else:
        yield
