"""Encoded pictures to rasters, at the smallest scale that the wanted outputs allow."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache

import numpy as np
from PIL import Image, JpegImagePlugin

from inference_core.errors import ImageTooLarge, UnreadableImage
from inference_core.preprocess.colour import to_srgb
from inference_core.preprocess.formats import JPEG, Format, sniff
from inference_core.preprocess.raster import Raster
from inference_core.preprocess.spec import Orientation, OutputSpec, Size

MAX_PIXELS = 200_000_000
"""Refused from the header alone beyond this."""

MAX_RASTER_PIXELS = 50_000_000
"""A raster is shrunk further than its outputs ask for rather than exceed this."""

OVERSAMPLING = 1.3
"""Raster pixels per output pixel that must remain after shrinking, or fine detail would alias."""

_ORIENTATION_TAG = 0x0112


def decode(data: bytes, specs: Sequence[OutputSpec]) -> Raster:
    """Decode a picture of any known format, in this process and on this thread.

    Formats other than JPEG belong into a worker process: see `formats`.

    Args:
        data: The whole file.
        specs: The outputs that will be made from it; none means the smallest scale.

    Raises:
        ImageTooLarge: The header declares more than `MAX_PIXELS`.
        UnreadableImage: Not a known format, truncated or corrupt.
    """
    known = sniff(data)
    with _reasons(known), _open(data, known) as image:
        full_size = image.size
        _check(full_size)
        if known is JPEG:
            return _drafted(image, full_size, specs)
        # Loading turns a TIFF upright and clears its orientation tag: only then is the tag true.
        image.load()
        return _reduced(image, full_size, specs)


def choose_shrink(upright: Size, specs: Sequence[OutputSpec]) -> int:
    """Return the largest of 8, 4, 2, 1 that leaves every output `OVERSAMPLING` times its pixels."""
    need = max((spec.density(upright) for spec in specs), default=0.0) * OVERSAMPLING
    shrink = next((s for s in (8, 4, 2) if need * s <= 1.0), 1)
    while shrink < 8 and upright[0] * upright[1] > MAX_RASTER_PIXELS * shrink**2:
        shrink *= 2
    return shrink


def _drafted(image: Image.Image, full_size: Size, specs: Sequence[OutputSpec]) -> Raster:
    orientation = _orientation(image)
    shrink = choose_shrink(orientation.swap(full_size), specs)
    wanted = (max(full_size[0] // shrink, 1), max(full_size[1] // shrink, 1))
    drafted = image.draft(None, wanted)
    if drafted is not None:
        shrink = round(full_size[0] / drafted[1][2])
    pixels = np.asarray(to_srgb(image))
    return Raster(pixels, orientation, full_size, shrink)


def _reduced(image: Image.Image, full_size: Size, specs: Sequence[OutputSpec]) -> Raster:
    orientation = _orientation(image)
    shrink = choose_shrink(orientation.swap(full_size), specs)
    picture = to_srgb(image)
    pixels = np.asarray(picture.reduce(shrink) if shrink > 1 else picture)
    return Raster(pixels, orientation, full_size, shrink)


@contextmanager
def _reasons(known: Format) -> Iterator[None]:
    """Turn whatever a decoder raises into one short reason: each has its own set of exceptions."""
    try:
        yield
    except UnreadableImage:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise ImageTooLarge(_too_large()) from error
    except MemoryError as error:
        raise UnreadableImage(f"decoding this {known.name} needs too much memory") from error
    except Exception as error:
        cut = "truncated" in str(error).lower() or isinstance(error, EOFError)
        state = "truncated" if cut else "corrupt"
        raise UnreadableImage(f"the {known.name} data is {state}") from error


def _open(data: bytes, known: Format) -> Image.Image:
    if known is JPEG:
        # Not Image.open, which would look for further pictures behind the first one.
        return JpegImagePlugin.JpegImageFile(io.BytesIO(data))
    _register_openers()
    return Image.open(io.BytesIO(data), formats=known.openers)


@cache
def _register_openers() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    # Pillow's own limit is below ours; it raises from twice this number on.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def _check(size: Size) -> None:
    if size[0] < 1 or size[1] < 1:
        raise UnreadableImage("the picture has no pixels")
    if size[0] * size[1] > MAX_PIXELS:
        raise ImageTooLarge(_too_large())


def _too_large() -> str:
    return f"more than {MAX_PIXELS // 1_000_000} megapixels"


def _orientation(image: Image.Image) -> Orientation:
    try:
        return Orientation.of(image.getexif().get(_ORIENTATION_TAG))
    except Exception:
        # Broken EXIF is common and says nothing about the pixels.
        return Orientation.NORMAL
