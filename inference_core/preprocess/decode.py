"""Encoded pictures to rasters, at the smallest scale that the wanted outputs allow."""

from __future__ import annotations

import importlib
import io
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cache

import numpy as np
from PIL import Image, JpegImagePlugin, features

from inference_core.errors import ImageTooLarge, UnreadableImage
from inference_core.preprocess.colour import to_srgb
from inference_core.preprocess.formats import JPEG, Format, sniff
from inference_core.preprocess.jpeg.baseline import decode_baseline
from inference_core.preprocess.jpeg.progressive import without_hidden_scans
from inference_core.preprocess.photo import Photo
from inference_core.preprocess.raster import Raster
from inference_core.preprocess.scale import MAX_PIXELS, TOO_LARGE, check_size, choose_shrink
from inference_core.preprocess.spec import Box, Orientation, OutputSpec, Size

_ORIENTATION_TAG = 0x0112
_END_OF_IMAGE = b"\xff\xd9"


def decode(data: bytes, specs: Sequence[OutputSpec], within: Box | None = None) -> Photo:
    """Decode a picture of any known format, in this process and on this thread.

    Formats other than JPEG belong into a worker process: see `formats`.

    Args:
        data: The whole file.
        specs: The outputs that will be made from it; none means the smallest scale.
        within: A box of the upright photo that they will not leave: perhaps no more is decoded.

    Raises:
        ImageTooLarge: The header declares more than `MAX_PIXELS`.
        UnreadableImage: Not a known format, corrupt, or truncated; a truncated JPEG gives what there
            is of it.
    """
    known = sniff(data)
    if known is JPEG:
        return decode_baseline(data, specs, within) or decode_jpeg_with_pillow(data, specs)
    with _reasons(known), _open(data, known) as image:
        full_size = image.size
        check_size(full_size)
        # Loading turns a TIFF upright and clears its orientation tag: only then is the tag true.
        image.load()
        return _reduced(image, full_size, specs)


def decode_to_raster(data: bytes, specs: Sequence[OutputSpec]) -> Raster:
    """Decode to plain pixels, which can travel between processes: see `decode`."""
    photo = decode(data, specs)
    if isinstance(photo, Raster):
        return photo
    return Raster(photo.pixels, photo.orientation, photo.full_size, photo.shrink, photo.truncated)


def decode_jpeg_with_pillow(data: bytes, specs: Sequence[OutputSpec]) -> Raster:
    """Decode what `decode_baseline` leaves, and everything where the twin is selected: the twin itself."""
    with _reasons(JPEG):
        try:
            return _drafted(data, specs)
        except OSError as error:
            if "truncated" not in str(error).lower():
                raise
            # With an end marker libjpeg is content with what there is, and shows grey for the rest.
            return replace(_drafted(data + _END_OF_IMAGE, specs), truncated=True)


def _drafted(data: bytes, specs: Sequence[OutputSpec]) -> Raster:
    # Not Image.open, which would look for further pictures behind the first one.
    with JpegImagePlugin.JpegImageFile(io.BytesIO(data)) as image:
        full_size = image.size
        check_size(full_size)
        orientation = _orientation(image)
        shrink = choose_shrink(orientation.swap(full_size), specs)
        if "progressive" in image.info:
            image.fp = io.BytesIO(without_hidden_scans(data, shrink))
        wanted = (max(full_size[0] // shrink, 1), max(full_size[1] // shrink, 1))
        drafted = image.draft(None, wanted)
        if drafted is not None:
            shrink = round(full_size[0] / drafted[1][2])
        return Raster(np.asarray(to_srgb(image)), orientation, full_size, shrink)


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
        raise ImageTooLarge(TOO_LARGE) from error
    except MemoryError as error:
        raise UnreadableImage(f"decoding this {known.name} needs too much memory") from error
    except Exception as error:
        cut = "truncated" in str(error).lower() or isinstance(error, EOFError)
        state = "truncated" if cut else "corrupt"
        raise UnreadableImage(f"the {known.name} data is {state}") from error


def _open(data: bytes, known: Format) -> Image.Image:
    _register_openers()
    return Image.open(io.BytesIO(data), formats=known.openers)


@cache
def _register_openers() -> None:
    import pillow_heif

    pillow_heif.register_heif_opener()
    if not features.check("avif"):  # pillow-simd leaves it to a plug-in
        importlib.import_module("pillow_avif")
    # Pillow's own limit is below ours; it raises from twice this number on.
    Image.MAX_IMAGE_PIXELS = MAX_PIXELS


def _orientation(image: Image.Image) -> Orientation:
    try:
        return Orientation.of(image.getexif().get(_ORIENTATION_TAG))
    except Exception:
        # Broken EXIF is common and says nothing about the pixels.
        return Orientation.NORMAL
