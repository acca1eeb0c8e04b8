"""Near-duplicates of real photos: what messengers and editors make of them, found again among all others."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import combinations
from pathlib import Path

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from services.adapters.media_files.photo import photo_facts
from services.domain.consent import Scope
from services.domain.duplicates import Shot, near_duplicates
from services.domain.facets import Content, Vector
from services.domain.identity import AssetId
from services.domain.media import CaptureTimeSource, MediaKind
from tests.quality.measures import f1
from tests.quality.real.photos import Eyes, labelled

MOMENT = datetime(2024, 5, 4, 12, tzinfo=UTC)
"""All photos are dated alike, as those of one party are: times do not help."""


@dataclass(frozen=True)
class Picture:
    """A photo or a copy of one."""

    original: str
    shot: Shot
    embedding: Vector


Alike = Callable[[Picture, Picture], bool]


async def pictures(folder: Path, scratch: Path, eyes: Eyes) -> list[Picture]:
    """Return the photos of places and people, each with its copies."""
    found = []
    for photo in labelled(folder, "places/", "people/"):
        for n, data in enumerate((photo.path.read_bytes(), *_copies(photo.path))):
            file = scratch / f"{photo.path.stem}-{n}.jpg"
            file.write_bytes(data)
            if seen := await eyes.look(data, Scope.CONTENT, Content):
                found.append(Picture(str(photo.path), _shot(file), seen.embedding))
    return found


def pair_f1(found: list[Picture], alike: Alike) -> float:
    """Return F1 of the pairs that a rule takes for near-duplicates."""
    pairs = list(combinations(found, 2))
    true = [one.original == other.original for one, other in pairs]
    said = [alike(one, other) for one, other in pairs]
    return f1(sum(t and s for t, s in zip(true, said, strict=True)), sum(said), sum(true))


def ours(one: Picture, other: Picture) -> bool:
    """Tell near-duplicates by the product's own rule."""
    return near_duplicates(one.shot, other.shot)


def cosine(one: Picture, other: Picture) -> float:
    """Return how alike two pictures are in content."""
    return float(np.dot(one.embedding, other.embedding))


def _copies(path: Path) -> Iterator[bytes]:
    with Image.open(path) as image:
        photo = ImageOps.exif_transpose(image).convert("RGB")
    yield _jpeg(ImageOps.contain(photo, (1600, 1600)), 70)
    yield _jpeg(ImageOps.contain(photo, (800, 800)), 50)
    yield _jpeg(ImageEnhance.Brightness(photo).enhance(1.15), 85)


def _jpeg(photo: Image.Image, quality: int) -> bytes:
    file = io.BytesIO()
    photo.save(file, "JPEG", quality=quality)
    return file.getvalue()


def _shot(file: Path) -> Shot:
    facts = photo_facts(file, location=False)
    return Shot(
        id=AssetId(file.stem),
        kind=MediaKind.PHOTO,
        at=MOMENT,
        source=CaptureTimeSource.EXIF,
        stem=file.stem,
        perceptual_hash=facts.perceptual_hash,
    )
