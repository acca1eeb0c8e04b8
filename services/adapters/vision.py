"""Vision by inference_core: its analyses as facets of the domain, its failures as domain errors."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from pathlib import Path

from inference_core import analysis as core
from inference_core.analyzer import Analyzer
from inference_core.errors import Unavailable as CoreUnavailable
from inference_core.errors import UnreadableImage
from inference_core.looking import CONTENT_MODELS, FACE_MODELS
from inference_core.models.registry import ModelSpec, registry
from services.domain.consent import Scope
from services.domain.errors import Unavailable, UnreadableMedia
from services.domain.facets import Content, Face, Faces, Tag
from services.domain.identity import OwnerId
from services.domain.media import Box, MediaKind
from services.domain.ports import Sight, VisionModel

_TASKS = {Scope.FACES: core.Task.FACES, Scope.CONTENT: core.Task.CONTENT}


class CoreVision:
    """Looks through an analyzer, which is opened when the first picture comes.

    Args:
        open_analyzer: Opens it, wherever its models run; called on a thread.
    """

    def __init__(self, open_analyzer: Callable[[], Analyzer]) -> None:
        self._open_analyzer = open_analyzer
        self._analyzer: Analyzer | None = None
        self._opening = asyncio.Lock()

    def models(self) -> Sequence[VisionModel]:
        """See `Vision.models`."""
        return [_model(registry().model(name)) for name in sorted((*FACE_MODELS, *CONTENT_MODELS))]

    async def look(
        self, source: Path | bytes, kind: MediaKind, scopes: frozenset[Scope], owner: OwnerId
    ) -> Sight:
        """See `Vision.look`."""
        tasks = frozenset(task for scope, task in _TASKS.items() if scope in scopes)
        try:
            analyzer = await self._opened()
            if kind is MediaKind.VIDEO:
                seen = await analyzer.analyze_video(source, tasks, group=owner)
            else:
                data = source if isinstance(source, bytes) else await asyncio.to_thread(source.read_bytes)
                seen = await analyzer.analyze(data, "", tasks, group=owner)
        except UnreadableImage as error:
            raise UnreadableMedia(error.reason) from None
        except CoreUnavailable as error:
            raise Unavailable(str(error), error.retry_after) from error
        return _sight(seen)

    async def close(self) -> None:
        """Close the analyzer."""
        if self._analyzer:
            await self._analyzer.close()

    async def _opened(self) -> Analyzer:
        async with self._opening:
            if self._analyzer is None:
                self._analyzer = await asyncio.to_thread(self._open_analyzer)
            return self._analyzer


def _model(spec: ModelSpec) -> VisionModel:
    weights = next(iter(spec.files.values()))
    source = f"{weights.package.name} {weights.package.version}"
    return VisionModel(spec.name, spec.purpose, spec.licence, source, weights.sha256)


def _sight(seen: core.Analysis) -> Sight:
    faces = None if seen.faces is None else Faces(tuple(map(_face, seen.faces)))
    content = None if seen.content is None else _content(seen.content)
    return Sight(seen.width, seen.height, faces, content)


def _face(face: core.Face) -> Face:
    return Face(
        box=Box(*face.box),
        score=face.score,
        landmarks=face.landmarks,
        embedding=face.embedding,
        quality=face.quality,
        smile=face.smile,
        eyes_open=face.eyes_open,
    )


def _content(content: core.Content) -> Content:
    objects: dict[str, float] = {}
    for seen in content.objects:
        objects[seen.label] = max(seen.score, objects.get(seen.label, 0.0))
    words = [*objects.items(), *(tag for tag in content.tags if tag[0] not in objects)]
    return Content(
        tags=tuple(Tag(*word) for word in sorted(words, key=lambda word: -word[1])),
        themes=tuple(Tag(*theme) for theme in content.themes),
        embedding=content.embedding,
        quality=content.quality,
        sensitive=content.sensitive,
    )
