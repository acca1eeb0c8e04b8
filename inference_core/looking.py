"""The models of each task, run over one prepared picture."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from inference_core.analysis import Content, Face, Label, ObjectSeen
from inference_core.batching import Batcher
from inference_core.decoding import Decoder, Picture
from inference_core.engines.engine import Array, Outputs
from inference_core.heads.alignment import CHIP_SIZE, bounds, chip_spec, chip_to_photo, extract_chip
from inference_core.heads.classification import top_labels, unit
from inference_core.heads.eyes import EYE_SIZE, eyes_open, eyes_to_photo, measurable
from inference_core.heads.faces import DetectedFace, detect_faces
from inference_core.heads.objects import DetectedObject, detect_objects
from inference_core.heads.quality import Quality, face_quality, measure
from inference_core.heads.sensitive import sensitive_score
from inference_core.heads.smile import SMILE_MARGIN, SMILE_SIZE, smile_score
from inference_core.observe import Observer, Stage, timed
from inference_core.preprocess import CenterCrop, Geometry, Letterbox, OutputSpec, Photo, Stretch, Tensor
from inference_core.preprocess.spec import Affine, Box, Size

Themes = Callable[[npt.NDArray[np.float32], Iterable[Label]], Sequence[Label]]
"""(logits [1000], objects with scores) to themes, best first."""

Lease = Callable[[tuple[int, ...]], Tensor]
"""See `Engine.lease`."""

_CHROMA = 0.75
"""Chroma samples for each pixel of a detector's input; it shows the whole photo, and so decides for all.

On 31 photos from phones and cameras the same faces, objects and classes are found as with all chroma, and
embeddings have a cosine of at least 0.9998; with 0.35 objects change, and embeddings down to 0.991.
"""

MEASURED = OutputSpec(512, 512, Letterbox(multiple=1), grey=True, chroma=0.0)
"""What the quality of a picture is measured on; no model sees it."""

FACE_MODELS = ("faces", "face_embedding", "smile", "eyes")
CONTENT_MODELS = ("classifier", "objects", "sensitive")


@dataclass(frozen=True, slots=True)
class Turn:
    """Whose picture it is, for fair batches: see `Batcher.infer`."""

    group: str = ""
    priority: float = 0.0


@dataclass(frozen=True, slots=True)
class Labels:
    """The names behind class numbers, in order."""

    imagenet: Sequence[str]
    coco: Sequence[str]


class FaceLooker:
    """Detects, aligns and embeds faces."""

    SPECS = (OutputSpec(640, 640, Letterbox(multiple=32), chroma=_CHROMA),)

    def __init__(self, batcher: Batcher, decoder: Decoder, lease: Lease, observer: Observer) -> None:
        self._batcher = batcher
        self._decoder = decoder
        self._lease = lease
        self._observer = observer

    async def look(
        self, picture: Picture, tensor: Tensor, geometry: Geometry, turn: Turn, *, eyes: bool
    ) -> tuple[Face, ...]:
        """Return the faces of a picture, best score first.

        Args:
            picture: Where the chips are cut from.
            tensor: The output for `SPECS`.
            geometry: Of that tensor.
            turn: Whose picture it is.
            eyes: Whether to tell how far eyes are open; a frame of a video competes with no other shot.
        """
        outputs = await self._infer("faces", tensor, turn)
        with timed(self._observer, Stage.HEADS):
            found = [face for face in detect_faces(outputs, geometry) if np.ptp(face.landmarks, axis=0).any()]
        if not found:
            return ()
        chips = [chip_to_photo(face.landmarks) for face in found]
        specs = [chip_spec(chip, geometry.photo) for chip in chips]
        detail = await self._decoder.sharper(picture, specs, bounds(chips))
        looked_into = measurable(found, detail.shrink) if eyes else [False] * len(found)
        cut = await self._decoder.on_thread(_cut, detail, found, chips, looked_into, self._lease)
        described = (
            self._describe(face, portrait, geometry.photo, turn)
            for face, portrait in zip(found, cut, strict=True)
        )
        return tuple(await asyncio.gather(*described))

    async def _describe(self, face: DetectedFace, portrait: _Portrait, photo: Size, turn: Turn) -> Face:
        embedded, smiled, opened = await asyncio.gather(
            self._infer("face_embedding", portrait.chip, turn),
            self._infer("smile", portrait.expression, turn),
            self._eyes_open(portrait, turn),
        )
        with timed(self._observer, Stage.HEADS):
            return Face(
                box=_fractions(face.box, photo),
                landmarks=tuple((x, y) for x, y in (face.landmarks / photo).tolist()),
                score=face.score,
                embedding=unit(embedded["embedding"]),
                quality=portrait.quality,
                smile=smile_score(smiled),
                eyes_open=opened,
            )

    async def _eyes_open(self, portrait: _Portrait, turn: Turn) -> float | None:
        return None if portrait.eyes is None else eyes_open(await self._infer("eyes", portrait.eyes, turn))

    async def _infer(self, model: str, item: Array, turn: Turn) -> Outputs:
        return await self._batcher.infer(model, item, turn.group, turn.priority)


class ContentLooker:
    """Classifies a picture, finds objects and themes, and measures its quality."""

    SPECS = (
        OutputSpec(260, 260, CenterCrop(0.875)),
        OutputSpec(416, 416, Stretch(), chroma=_CHROMA),
        OutputSpec(224, 224, Stretch(0.875)),
        MEASURED,
    )

    def __init__(
        self,
        batcher: Batcher,
        labels: Labels,
        themes: Themes | None,
        observer: Observer,
    ) -> None:
        self._observer = observer
        self._batcher = batcher
        self._labels = labels
        self._themes = themes

    async def look(self, tensors: Sequence[Tensor], geometries: Sequence[Geometry], turn: Turn) -> Content:
        """Describe a picture by its tensors for `SPECS`."""
        view, square, centre, small = tensors
        classified, detected, judged = await asyncio.gather(
            self._infer("classifier", view, turn),
            self._infer("objects", square, turn),
            self._infer("sensitive", centre, turn),
        )
        with timed(self._observer, Stage.HEADS):
            return self._content(classified, detected, judged, measure(small), geometries[1])

    def _content(
        self, classified: Outputs, detected: Outputs, judged: Outputs, quality: Quality, square: Geometry
    ) -> Content:
        objects = detect_objects(detected, square, self._labels.coco)
        return Content(
            tags=tuple(top_labels(classified["logits"], self._labels.imagenet)),
            objects=tuple(_object_seen(found, square.photo) for found in objects),
            themes=self._name_themes(classified["logits"], objects),
            embedding=unit(classified["embedding"]),
            sensitive=sensitive_score(judged),
            quality=quality.overall,
            sharpness=quality.sharpness,
            exposure=quality.exposure,
            contrast=quality.contrast,
        )

    def _name_themes(
        self, logits: npt.NDArray[np.float32], objects: Sequence[DetectedObject]
    ) -> tuple[Label, ...]:
        if self._themes is None:
            return ()
        return tuple(self._themes(logits, [(found.label, found.score) for found in objects]))

    async def _infer(self, model: str, item: Array, turn: Turn) -> Outputs:
        return await self._batcher.infer(model, item, turn.group, turn.priority)


@dataclass(frozen=True, slots=True, eq=False)
class _Portrait:
    """Both chips of a face, the quality of the larger one, and both eyes where they are large enough."""

    chip: Tensor
    expression: Tensor
    quality: float
    eyes: Tensor | None


def _cut(
    photo: Photo,
    faces: Sequence[DetectedFace],
    chips: Sequence[Affine],
    looked_into: Sequence[bool],
    lease: Lease,
) -> list[_Portrait]:
    """Cut all chips of a photo in one go, for between them its samples leave the caches."""
    return [
        _portrait(photo, face, chip, _eyes(photo, face, lease) if eyes else None, lease)
        for face, chip, eyes in zip(faces, chips, looked_into, strict=True)
    ]


def _portrait(
    photo: Photo, face: DetectedFace, to_photo: Affine, eyes: Tensor | None, lease: Lease
) -> _Portrait:
    chip, expression = lease((3, CHIP_SIZE, CHIP_SIZE)), lease((3, SMILE_SIZE, SMILE_SIZE))
    extract_chip(photo, to_photo, chip)
    extract_chip(photo, chip_to_photo(face.landmarks, SMILE_SIZE, SMILE_MARGIN), expression)
    left, top, right, bottom = face.box
    quality = face_quality(chip, face.landmarks, min(right - left, bottom - top))
    return _Portrait(chip, expression, quality, eyes)


def _eyes(photo: Photo, face: DetectedFace, lease: Lease) -> Tensor:
    """Cut out both eyes into one item of a batch."""
    item = lease((2 * 3, EYE_SIZE, EYE_SIZE))
    for eye, to_photo in zip(np.split(item, 2), eyes_to_photo(face.landmarks), strict=True):
        extract_chip(photo, to_photo, eye)
    return item


def _object_seen(found: DetectedObject, photo: Size) -> ObjectSeen:
    return ObjectSeen(found.label, found.score, _fractions(found.box, photo))


def _fractions(box: Box, size: Size) -> Box:
    return (box[0] / size[0], box[1] / size[1], box[2] / size[0], box[3] / size[1])
