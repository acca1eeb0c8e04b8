"""Bytes in, analysis out: the whole core behind one call."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from inference_core.admission import FairGate
from inference_core.analysis import Analysis, Content, Face, Task
from inference_core.batching import Batcher
from inference_core.cores import available_cores
from inference_core.decoding import Decoder, Picture
from inference_core.engines.engine import Engine
from inference_core.errors import (
    ImageTooLarge,
    InferenceFailed,
    IsolatedCrash,
    ModelsFailed,
    Unavailable,
    UnreadableImage,
)
from inference_core.isolation import IsolatedPool
from inference_core.looking import MEASURED, ContentLooker, FaceLooker, Labels, Themes, Turn
from inference_core.merging import merge_contents, merge_faces
from inference_core.observe import Observer, Unobserved
from inference_core.preprocess import OutputSpec, new_buffer
from inference_core.preprocess.spec import Tensor

Tasks = frozenset[Task]

_OUTCOMES: tuple[tuple[type[BaseException], str], ...] = (
    (ModelsFailed, "models-failed"),
    (ImageTooLarge, "too-large"),
    (IsolatedCrash, "decoder-crashed"),
    (UnreadableImage, "unreadable"),
    (Unavailable, "unavailable"),
    (asyncio.CancelledError, "cancelled"),
)
"""What is told to observers of a picture that was not analysed; the first that fits."""

_FRAMES = 8
_SLOTS_PER_CORE = 3
"""Enough that decoding, inference and a waiting batch overlap; more would only take memory."""


class Analyzer:
    """Looks at photos and videos. Belongs to one event loop.

    A picture is decoded once; while its models run, the next one is decoded. Owners take turns.

    Args:
        engine: Runs the models; closed with the analyzer.
        pool: Decodes what might crash; its owner closes it.
        labels: Names of the classes.
        themes: Names curated themes; None names none.
        max_batch: Pictures in a batch at most.
        max_delay: Seconds that a picture waits for others to fill a batch.
        observer: Is told what happens.
    """

    def __init__(
        self,
        engine: Engine,
        pool: IsolatedPool,
        labels: Labels,
        *,
        themes: Themes | None = None,
        max_batch: int = 8,
        max_delay: float = 0.002,
        observer: Observer = Unobserved(),
    ) -> None:
        self._engine = engine
        self._observer = observer
        self._decoder = Decoder(pool, self._buffer, observer)
        self._batcher = Batcher(engine, max_batch, max_delay, observer)
        self._gate = FairGate(_SLOTS_PER_CORE * available_cores() + max_batch)
        self._faces = FaceLooker(self._batcher, self._decoder, engine.lease, observer)
        self._content = ContentLooker(self._batcher, labels, themes, observer)

    async def analyze(
        self, data: bytes, media_type: str, tasks: Tasks, group: str = "", priority: float = 0.0
    ) -> Analysis:
        """Analyse a photo; a video by its keyframes.

        Args:
            data: The whole file.
            media_type: Tells videos from pictures; what kind of picture is read from the bytes.
            tasks: Models of other tasks do not run.
            group: Groups take turns; usually the owner.
            priority: Higher ones go first within their group; usually the capture time.

        Raises:
            UnreadableImage: This one file cannot be analysed, and why.
            Unavailable: No file can be analysed now.
        """
        if media_type.startswith("video/"):
            return await self.analyze_video(data, tasks, group, priority)
        turn = Turn(group, priority)
        async with self._counted(), self._gate.slot(group, priority):
            picture = await self._decoder.picture(data, _specs(tasks))
            faces, content = await self._look(picture, tasks, turn, eyes=True)
        raster = picture.decoded.raster
        return Analysis(*raster.upright_size, raster.orientation, faces, content)

    async def analyze_video(
        self, source: bytes | Path, tasks: Tasks, group: str = "", priority: float = 0.0
    ) -> Analysis:
        """Analyse a video by its keyframes: the best of its frames, every person once.

        Args:
            source: The file or its bytes.
            tasks: See `analyze`.
            group: See `analyze`.
            priority: See `analyze`.

        Raises:
            UnreadableImage: See `analyze`.
            Unavailable: See `analyze`.
        """
        turn = Turn(group, priority)
        async with self._counted(), self._gate.slot(group, priority):
            specs = _specs(tasks)
            video = await self._decoder.video(source, specs, _FRAMES)
            pictures = [await self._decoder.prepared(frame, specs) for frame in video.frames]
            seen = await asyncio.gather(
                *(self._look(picture, tasks, turn, eyes=False) for picture in pictures)
            )
        faces = [frame for frame, _ in seen if frame is not None]
        contents = [content for _, content in seen if content is not None]
        return Analysis(
            *video.upright_size,
            video.orientation,
            merge_faces(faces) if faces else None,
            merge_contents(contents) if contents else None,
            video.duration,
        )

    async def close(self) -> None:
        """Drop what waits, finish what runs, release the models."""
        await self._batcher.close()
        await self._decoder.close()
        await self._engine.close()

    def _buffer(self, spec: OutputSpec, shape: tuple[int, int, int]) -> Tensor:
        return new_buffer(spec, shape) if spec == MEASURED else self._engine.lease(shape)

    @asynccontextmanager
    async def _counted(self) -> AsyncIterator[None]:
        try:
            yield
        except BaseException as error:
            self._observer.finished(_outcome(error))
            raise
        self._observer.finished("analysed")

    async def _look(
        self, picture: Picture, tasks: Tasks, turn: Turn, *, eyes: bool
    ) -> tuple[tuple[Face, ...] | None, Content | None]:
        try:
            return await asyncio.gather(
                self._look_for_faces(picture, tasks, turn, eyes),
                self._look_at_content(picture, tasks, turn),
            )
        except InferenceFailed as error:
            raise ModelsFailed("the models failed on this picture") from error

    async def _look_for_faces(
        self, picture: Picture, tasks: Tasks, turn: Turn, eyes: bool
    ) -> tuple[Face, ...] | None:
        if Task.FACES not in tasks:
            return None
        decoded = picture.decoded
        tensor, geometry = decoded.tensors[0], decoded.geometries[0]
        return await self._faces.look(picture, tensor, geometry, turn, eyes=eyes)

    async def _look_at_content(self, picture: Picture, tasks: Tasks, turn: Turn) -> Content | None:
        if Task.CONTENT not in tasks:
            return None
        first = -len(ContentLooker.SPECS)
        decoded = picture.decoded
        return await self._content.look(decoded.tensors[first:], decoded.geometries[first:], turn)


def _outcome(error: BaseException) -> str:
    return next((word for kind, word in _OUTCOMES if isinstance(error, kind)), "failed")


def _specs(tasks: Tasks) -> tuple[OutputSpec, ...]:
    """Outputs for the tasks: those for faces first, those for content last."""
    faces = FaceLooker.SPECS if Task.FACES in tasks else ()
    content = ContentLooker.SPECS if Task.CONTENT in tasks else ()
    return (*faces, *content)
