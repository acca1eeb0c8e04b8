"""The photos that are measured: some of real cameras, most of them generated once into the cache."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image

from inference_core.models.assets import open_asset
from tests.bench.preprocessing.synthetic import encoded, scene, weighing

_VERSION = "1"
"""Grows when the generated photos change."""

_SIZE = (4000, 3000)
_LARGE = (8000, 6000)
_SMALL = {"1280 x 960": (1280, 960), "640 x 480": (640, 480)}
_SOURCES = (
    "coffee.png", "group-1.jpg", "rocket.jpg", "group-2.jpg", "astronaut.png", "group-4.jpg", "cat.png",
    "group-5.jpg",
)  # fmt: skip
_WEIGHTS = (3.0, 3.2, 3.4, 3.6, 3.9, 4.2, 4.6, 5.0)
"""Megabytes of each 12 MP photo."""

_TURNED = 6
"""The EXIF orientation of every second photo: held upright."""

_VARIANTS: dict[str, dict[str, int]] = {
    "12 MP progressive": {"progressive": True},
    "12 MP 4:4:4": {"subsampling": 0},
    "12 MP restart markers": {"restart_marker_rows": 1},
}
_VARIED = 3
"""Which of the photos is encoded in other ways as well."""

_REAL_PIXELS = (10_000_000, 17_000_000)
_REAL_COUNT = 8


@dataclass(frozen=True, slots=True)
class Sample:
    """Photos of one kind.

    Attributes:
        name: As the tables call them.
        files: The photos.
        origin: Where they come from, for the tables.
    """

    name: str
    files: tuple[Path, ...]
    origin: str

    def sizes(self) -> list[tuple[int, int]]:
        """Return the stored (width, height) of each photo."""
        return [_size(file) for file in self.files]


def all_samples(folder: Path) -> list[Sample]:
    """Return every sample, generating into `folder` what is not there yet (minutes, once)."""
    home = folder / f"photos-{_VERSION}"
    index = home / "index.json"
    if not index.exists():
        home.mkdir(parents=True, exist_ok=True)
        names = {kind: [file.name for file in files] for kind, files in _generated(home)}
        index.write_text(json.dumps(names), encoding="utf-8")
    kinds: dict[str, list[str]] = json.loads(index.read_text(encoding="utf-8"))
    made = [Sample(kind, tuple(home / name for name in names), "generated") for kind, names in kinds.items()]
    return [*made, *_real()]


def _generated(home: Path) -> Iterator[tuple[str, Sequence[Path]]]:
    photos, kept = [], {}
    for number, (source, weight) in enumerate(zip(_SOURCES, _WEIGHTS, strict=True)):
        scenery = scene(_opened(source), _SIZE, seed=number)
        image, sigma = weighing(scenery, int(weight * 1e6))
        photos.append(_write(home / f"12mp-{number}.jpg", encoded(image, _TURNED if number % 2 else 1)))
        if number in {0, _VARIED}:
            kept[number] = image, sigma
    yield "12 MP", photos
    large = scene(_opened(_SOURCES[0]), _LARGE, seed=len(_SOURCES)).with_grain(kept[0][1])
    yield "48 MP", [_write(home / "48mp.jpg", encoded(large, _TURNED))]
    yield from _small(home, photos)
    yield from _variants(home, kept[_VARIED][0])


def _small(home: Path, photos: Sequence[Path]) -> Iterator[tuple[str, Sequence[Path]]]:
    for kind, size in _SMALL.items():
        files = []
        for photo in (photos[1], photos[5]):
            image = Image.open(photo).resize(size, Image.Resampling.BOX)
            files.append(_write(home / f"{size[0]}-{photo.name}", encoded(image)))
        yield kind, files


def _variants(home: Path, image: Image.Image) -> Iterator[tuple[str, Sequence[Path]]]:
    for kind, options in _VARIANTS.items():
        yield kind, [_write(home / f"12mp-{next(iter(options))}.jpg", encoded(image, **options))]
    grey = encoded(image.convert("L"), subsampling=-1)
    yield "12 MP grey", [_write(home / "12mp-grey.jpg", grey)]


def _real() -> list[Sample]:
    """Return baseline photos of 10 to 17 MP by the cameras themselves, where a folder of them is named."""
    folder = os.environ.get("STORYROLL_TEST_DATA")
    if not folder:
        return []
    chosen = [file for file in sorted(Path(folder, "exif").rglob("*.jpg")) if _is_camera_photo(file)]
    return [Sample("10-16 MP, real", tuple(chosen[:_REAL_COUNT]), "real cameras")] if chosen else []


def _is_camera_photo(file: Path) -> bool:
    """Whether a file is large enough, baseline, and without a colour profile that peers would ignore."""
    try:
        with Image.open(file) as image:
            low, high = _REAL_PIXELS
            plain = not {"progressive", "icc_profile"} & image.info.keys()
            return image.format == "JPEG" and plain and low <= image.width * image.height <= high
    except OSError:
        return False


def _opened(source: str) -> Image.Image:
    return Image.open(open_asset(source))


def _write(file: Path, data: bytes) -> Path:
    file.write_bytes(data)
    return file


def _size(file: Path) -> tuple[int, int]:
    with Image.open(file) as image:
        return image.size
