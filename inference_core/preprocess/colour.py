"""Any Pillow picture to 8-bit sRGB."""

from __future__ import annotations

import io
from functools import lru_cache

import numpy as np
from PIL import Image, ImageCms

from inference_core.preprocess.spec import Tensor

_MAX_PROFILE_BYTES = 16 * 1024
"""Display profiles (Display P3, Adobe RGB) are far smaller; printer tables are not worth their time."""

_ALPHA_MODES = frozenset({"RGBA", "LA", "PA", "RGBa", "La"})
_DEEP_MODES = frozenset({"I;16", "I;16L", "I;16B", "I;16N", "I", "F"})


def to_srgb(image: Image.Image) -> Image.Image:
    """Return the picture as mode RGB: transparency over white, deep grey scaled, profile applied.

    A profile that is broken, or larger than display profiles are, is ignored.
    """
    profile = image.info.get("icc_profile")
    flat = _flatten(image)
    transform = srgb_transform(profile) if isinstance(profile, bytes) else None
    if transform is not None:
        ImageCms.applyTransform(flat, transform, inPlace=True)
    return flat


def tensor_to_srgb(tensor: Tensor, transform: ImageCms.ImageCmsTransform) -> None:
    """Convert a tensor in place: far fewer pixels than the photo has."""
    image = Image.fromarray(np.ascontiguousarray(tensor.transpose(1, 2, 0)))
    ImageCms.applyTransform(image, transform, inPlace=True)
    tensor[:] = np.asarray(image).transpose(2, 0, 1)


def luma_into(rgb: Tensor, out: Tensor) -> None:
    """Fill `out`, uint8 [1, H, W], with the Rec. 601 luma of `rgb`, uint8 [3, H, W], rounded."""
    red, green, blue = rgb.astype(np.float32)
    out[0] = 0.299 * red + 0.587 * green + 0.114 * blue + 0.5


def _flatten(image: Image.Image) -> Image.Image:
    if image.mode == "RGB" and "transparency" not in image.info:
        return image
    if image.mode in _ALPHA_MODES or "transparency" in image.info:
        layer = image.convert("RGBA")
        page = Image.new("RGB", image.size, "white")
        page.paste(layer, mask=layer.getchannel("A"))
        return page
    if image.mode in _DEEP_MODES:
        return _deep_grey(image)
    return image.convert("RGB")


def _deep_grey(image: Image.Image) -> Image.Image:
    """Scale 16-bit, 32-bit and float grey to 8 bits."""
    levels = np.nan_to_num(np.asarray(image).astype(np.float32), posinf=0.0, neginf=0.0)
    top = 65535.0 if image.mode.startswith("I;16") else max(float(levels.max(initial=0.0)), 255.0)
    grey = (levels * (255.0 / top)).clip(0, 255).astype(np.uint8)
    return Image.fromarray(grey).convert("RGB")


@lru_cache(maxsize=32)
def srgb_transform(profile: bytes) -> ImageCms.ImageCmsTransform | None:
    """Return the transform of an RGB profile to sRGB; None where there is nothing (worthwhile) to do."""
    if len(profile) > _MAX_PROFILE_BYTES:
        return None
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        description = ImageCms.getProfileDescription(source)
        if source.profile.xcolor_space.strip() != "RGB" or "srgb" in description.lower():
            return None
        target = ImageCms.createProfile("sRGB")
        return ImageCms.buildTransform(source, target, "RGB", "RGB")
    except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
        return None
