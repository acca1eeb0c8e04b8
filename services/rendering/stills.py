"""Opens pictures upright, in sRGB, no larger than they are shown."""

from __future__ import annotations

import importlib
from functools import cache
from io import BytesIO

import pillow_heif
from PIL import Image, ImageCms, ImageOps, features

from services.domain.errors import StoryrollError, UnreadableMedia
from services.domain.media import MediaKind
from services.rendering.clips import clip_size, still_frame
from services.rendering.formats import Size
from services.rendering.pictures import Picture

_MOST_PIXELS = 200_000_000
_LONGEST = 6
"""A panorama's long side is kept to this multiple of the short side asked for."""
_TURNED = frozenset({5, 6, 7, 8})
"""EXIF orientations that exchange width and height."""
_ORIENTATION_TAG = 0x0112


def upright_size(picture: Picture) -> Size:
    """Return width and height as the picture is looked at, from its header alone.

    Raises:
        UnreadableMedia: the header is damaged, the format unknown, or the picture absurdly large.
    """
    if picture.kind is MediaKind.VIDEO:
        return clip_size(picture)
    _register_openers()
    try:
        with picture.open() as stream, Image.open(stream) as image:
            width, height = image.size
            turned = image.getexif().get(_ORIENTATION_TAG, 1) in _TURNED
    except StoryrollError:  # from the source itself: it may be there later
        raise
    except Exception as error:  # decoders raise whatever their parser tripped over
        raise _unreadable(error) from error
    if not width or not height or width * height > _MOST_PIXELS:
        raise UnreadableMedia(f"a picture of {width} x {height} pixels cannot be shown")
    return (height, width) if turned else (width, height)


def open_still(picture: Picture, shorter: int) -> Image.Image:
    """Return a photo, or a frame from the first third of a video, as RGB.

    Args:
        picture: what to open.
        shorter: pixels wanted along its shorter side; a larger picture is scaled down to it
            (from a JPEG, without ever being decoded in full), a smaller one stays as it is.

    Raises:
        UnreadableMedia: the bytes are damaged or of an unknown format.
    """
    if picture.kind is MediaKind.VIDEO:
        return _scaled(still_frame(picture), shorter)
    upright_size(picture)
    try:
        with picture.open() as stream, Image.open(stream) as image:
            image.draft("RGB", (shorter, shorter))
            profile = image.info.get("icc_profile")
            return _in_srgb(_scaled(ImageOps.exif_transpose(_flat(image)), shorter), profile)
    except StoryrollError:
        raise
    except Exception as error:
        raise _unreadable(error) from error


@cache
def _register_openers() -> None:
    pillow_heif.register_heif_opener()
    if not features.check("avif"):  # pillow-simd leaves it to a plug-in
        importlib.import_module("pillow_avif")


def _flat(image: Image.Image) -> Image.Image:
    """Return the picture as 8-bit RGB, transparency on white, its EXIF kept."""
    exif = image.getexif()
    if image.mode.startswith("I"):
        flat = image.point(lambda value: value / 256).convert("RGB")
    elif image.has_transparency_data:
        paper = Image.new("RGBA", image.size, "white")
        flat = Image.alpha_composite(paper, image.convert("RGBA")).convert("RGB")
    else:
        flat = image.convert("RGB")
    flat.info["exif"] = exif.tobytes() if len(exif) else b""
    return flat


def _scaled(image: Image.Image, shorter: int) -> Image.Image:
    """Scale down to the shorter side asked for, bounding the longer one."""
    width, height = image.size
    scale = min(1.0, shorter / min(width, height), shorter * _LONGEST / max(width, height))
    if scale == 1.0:
        return image
    size = max(1, round(width * scale)), max(1, round(height * scale))
    return image.resize(size, Image.Resampling.LANCZOS, reducing_gap=2.0)


def _in_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Convert from the picture's own colour space; phones write Display P3."""
    if not profile:
        return image
    try:
        source = ImageCms.ImageCmsProfile(BytesIO(profile))
        converted = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"))
    except (ImageCms.PyCMSError, OSError):  # a broken or non-RGB profile: the pixels are good as they are
        return image
    return converted if converted is not None else image


def _unreadable(error: Exception) -> UnreadableMedia:
    return UnreadableMedia(f"the picture cannot be decoded: {error or type(error).__name__}")
