"""What is seen in a picture: the result of the whole core."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

import numpy as np
import numpy.typing as npt

from inference_core.preprocess.spec import Box, Orientation

Vector = npt.NDArray[np.float32]
Label = tuple[str, float]
"""(word, score 0..1)."""


class Task(Enum):
    """What to look for: one for each thing that people consent to."""

    FACES = auto()
    CONTENT = auto()


@dataclass(frozen=True, slots=True, eq=False)
class Face:
    """A face; positions are fractions 0..1 of the upright picture.

    Attributes:
        box: (left, top, right, bottom).
        landmarks: Eye on the left of the picture, on the right, nose, mouth left, right: (x, y).
        score: Of the detector, 0..1.
        embedding: float32 [128], unit length.
        quality: How well the face can be recognised, 0..1.
        smile: Probability, 0..1.
        eyes_open: Gap of the lids over the width of an eye, 0..1, to be compared between pictures of one
            person only; None of faces that are too small or too many for that, and of those in videos.
    """

    box: Box
    landmarks: tuple[tuple[float, float], ...]
    score: float
    embedding: Vector
    quality: float
    smile: float
    eyes_open: float | None = None


@dataclass(frozen=True, slots=True)
class ObjectSeen:
    """A thing; `box` in fractions 0..1 of the upright picture."""

    label: str
    score: float
    box: Box


@dataclass(frozen=True, slots=True, eq=False)
class Content:
    """What a picture shows and how good it is; all measures 0..1.

    Attributes:
        tags: Classes of ImageNet, best first.
        objects: Objects of COCO, best first.
        themes: Curated themes, best first.
        embedding: float32 [1280], unit length.
        sensitive: Probability of sensitive content.
        quality: Overall technical quality, made of the three measures that follow.
        sharpness: 0 is a blur.
        exposure: 0 is black or white all over.
        contrast: 0 is one flat tone.
    """

    tags: tuple[Label, ...]
    objects: tuple[ObjectSeen, ...]
    themes: tuple[Label, ...]
    embedding: Vector
    sensitive: float
    quality: float
    sharpness: float
    exposure: float
    contrast: float


@dataclass(frozen=True, slots=True, eq=False)
class Analysis:
    """What was seen in a photo or video.

    Attributes:
        width: Pixels of the upright picture.
        height: Pixels of the upright picture.
        orientation: What makes the stored picture upright.
        faces: None if they were not asked for.
        content: None if it was not asked for.
        duration: Seconds; 0 for a photo.
    """

    width: int
    height: int
    orientation: Orientation
    faces: tuple[Face, ...] | None
    content: Content | None
    duration: float = 0.0
