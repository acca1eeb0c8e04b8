"""The files that fuzzing starts from."""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

LONGEST = 96 * 1024
"""Bytes of an input: more than the decoder's window over a file, which must slide."""

_SMALL = 16 * 1024
"""Bytes of a photo: small ones are mutated to more effect."""

REGRESSIONS = Path(__file__).parent / "regressions"
"""Files that fuzzing has found something with; they stay for ever."""

_SIZES = ((8, 8), (33, 17), (64, 64))
_LONG = (320, 240)
_SAMPLINGS = ("4:4:4", "4:2:2", "4:2:0")
_MODES: tuple[dict[str, Any], ...] = (
    {},
    {"optimize": True},
    {"restart_marker_blocks": 2},
    {"progressive": True},
)
_OTHER_SAMPLINGS = {0x21: 0x12, 0x22: 0x41}
"""Sampling factors of luma that Pillow does not write, by those of as many blocks that it does."""


def write_corpus(folder: Path) -> int:
    """Write the corpus, each file under the hash of its bytes, and return how many files it has."""
    folder.mkdir(parents=True, exist_ok=True)
    for data in (*encoded(), *_found(REGRESSIONS), *_found(_photos())):
        (folder / hashlib.sha256(data).hexdigest()[:24]).write_bytes(data)
    return sum(1 for _ in folder.iterdir())


def encoded() -> Iterator[bytes]:
    """Yield pictures in every sampling and coding that the encoder at hand knows."""
    dice = np.random.default_rng(5)
    yield _jpeg(_noise(dice, *_LONG), quality=95, subsampling="4:2:0")
    for (width, height), sampling, mode, quality in product(_SIZES, _SAMPLINGS, _MODES, (30, 95)):
        picture = _noise(dice, width, height)
        exif = Image.Exif()
        exif[0x0112] = 1 + (width + quality) % 8
        data = _jpeg(picture, quality=quality, subsampling=sampling, exif=exif, **mode)
        yield data
        yield _sampled_otherwise(data)
        yield _jpeg(picture.convert("L"), quality=quality, exif=exif, **mode)


def _noise(dice: np.random.Generator, width: int, height: int) -> Image.Image:
    return Image.fromarray(dice.integers(0, 256, (height, width, 3), dtype=np.uint8))


def _jpeg(picture: Image.Image, **options: Any) -> bytes:
    file = io.BytesIO()
    picture.save(file, "JPEG", **options)
    return file.getvalue()


def _sampled_otherwise(data: bytes) -> bytes:
    """Return the file as 4:4:0 where it was 4:2:2, as 4:1:1 where it was 4:2:0.

    Of a square picture the MCUs are as many as before, so that the file stays whole.
    """
    factors = data.find(b"\xff\xc0") + 11
    changed = bytearray(data)
    changed[factors] = _OTHER_SAMPLINGS.get(changed[factors], changed[factors])
    return bytes(changed)


def _photos() -> Path | None:
    folder = os.environ.get("STORYROLL_TEST_DATA")
    return Path(folder) if folder else None


def _found(folder: Path | None) -> Iterator[bytes]:
    """Yield the small files of a folder that begin as JPEGs do."""
    for file in sorted(folder.rglob("*")) if folder else ():
        if file.is_file() and file.stat().st_size <= _SMALL:
            data = file.read_bytes()
            if data.startswith(b"\xff\xd8"):
                yield data
