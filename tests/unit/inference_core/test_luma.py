"""Luma alone is that of the picture in colour, wherever its pixels come from."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageCms

from inference_core.preprocess import CenterCrop, Letterbox, OutputSpec, preprocess
from inference_core.preprocess.colour import luma_into
from tests.unit.inference_core.jpeg.pictures import photo

COLOUR = OutputSpec(96, 96, Letterbox(pad=9))


def files() -> dict[str, bytes]:
    image = Image.fromarray(photo(700, 500, 3, grain=4.0))
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    exif = Image.Exif()
    exif[0x0112] = 6
    made = {}
    for name, kind, options in (
        ("jpeg", "JPEG", {"quality": 90}),
        ("turned", "JPEG", {"quality": 90, "exif": exif}),
        ("grey", "JPEG", {"quality": 90}),
        ("profile", "JPEG", {"quality": 90, "icc_profile": srgb}),
        ("progressive", "JPEG", {"quality": 90, "progressive": True}),
        ("png", "PNG", {}),
    ):
        file = io.BytesIO()
        (image.convert("L") if name == "grey" else image).save(file, kind, **options)
        made[name] = file.getvalue()
    return made


@pytest.mark.parametrize("name", files())
@pytest.mark.parametrize("fit", [Letterbox(pad=9), CenterCrop(0.7)])
def test_luma_is_that_of_the_colours(name, fit):
    colour = replace(COLOUR, fit=fit)
    rgb, grey = preprocess(files()[name], [colour, replace(colour, grey=True)]).tensors
    expected = np.empty_like(grey)
    luma_into(rgb, expected)
    assert grey.shape == (1, 96, 96)
    assert np.abs(grey.astype(int) - expected).max() <= 2


def test_luma_follows_a_profile():
    """Swapped primaries: the luma of the file is not that of its colours."""
    image = Image.new("RGB", (64, 64), (255, 0, 0))
    file = io.BytesIO()
    image.save(file, "JPEG", quality=95, subsampling=0, icc_profile=_swapped_profile())
    rgb, grey = preprocess(file.getvalue(), [COLOUR, replace(COLOUR, grey=True)]).tensors
    expected = np.empty_like(grey)
    luma_into(rgb, expected)
    assert rgb[2, 48, 48] > 200 > rgb[0, 48, 48]
    np.testing.assert_array_equal(grey, expected)


def _swapped_profile() -> bytes:
    """sRGB's profile with red and blue exchanged, under another name."""
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"tmpZ").replace(b"bXYZ", b"rXYZ").replace(b"tmpZ", b"bXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))
