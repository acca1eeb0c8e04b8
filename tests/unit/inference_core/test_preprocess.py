"""Pictures of every format become the right tensors, and everything else a reason."""

from __future__ import annotations

import contextlib
import io
import random
import struct
import zlib

import numpy as np
import pillow_heif
import pytest
from PIL import Image, ImageCms, ImageDraw

from inference_core.errors import ImageTooLarge, UnreadableImage
from inference_core.preprocess import (
    CenterCrop,
    Crop,
    Letterbox,
    Orientation,
    OutputSpec,
    Stretch,
    decode,
    pack,
    preprocess,
)
from inference_core.preprocess.formats import is_cheap_jpeg, sniff
from inference_core.preprocess.kernels import resize_into
from inference_core.preprocess.scale import choose_shrink

WHOLE = OutputSpec(64, 48, Stretch())


def picture(width: int = 640, height: int = 480) -> Image.Image:
    """A smooth, asymmetric picture: a gradient with a red disc in its upper left."""
    x, y = np.meshgrid(np.linspace(0, 255, width), np.linspace(0, 255, height))
    image = Image.fromarray(np.stack([x, y, np.full_like(x, 90)], -1).astype(np.uint8))
    ImageDraw.Draw(image).ellipse((width * 0.1, height * 0.1, width * 0.3, height * 0.3), "red")
    return image


def encoded(image: Image.Image, kind: str, **options: object) -> bytes:
    pillow_heif.register_heif_opener()
    file = io.BytesIO()
    image.save(file, kind, **options)
    return file.getvalue()


def mean_difference(a: np.ndarray, b: np.ndarray) -> float:
    return float(np.abs(a.astype(int) - b).mean())


@pytest.mark.parametrize("orientation", list(Orientation))
@pytest.mark.parametrize("size", [(640, 480), (2048, 1536)])
def test_every_orientation_comes_out_upright_at_every_scale(orientation, size):
    upright = picture(*size)
    undo = {6: 8, 8: 6}.get(orientation, orientation)
    plain = np.asarray(upright)
    data = np.empty((3, *orientation.swap(size)[::-1]), np.uint8)
    resize_into(plain, (0, 0, *size), undo, data)
    exif = Image.Exif()
    exif[0x0112] = int(orientation)
    stored = Image.fromarray(np.ascontiguousarray(data.transpose(1, 2, 0)))
    decoded = preprocess(encoded(stored, "JPEG", quality=95, exif=exif), [WHOLE])
    expected = np.asarray(upright.resize((64, 48), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    assert decoded.raster.orientation == orientation
    assert decoded.raster.upright_size == size
    assert mean_difference(decoded.tensors[0], expected) < 2


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "GIF", "TIFF", "BMP", "JPEG2000", "AVIF", "HEIF"])
def test_other_formats(kind):
    image = picture()
    raster = decode(encoded(image, kind), [WHOLE])
    assert raster.full_size == (640, 480)
    assert raster.shrink == 4
    tensor = pack(raster, [WHOLE]).tensors[0]
    expected = np.asarray(image.resize((64, 48), Image.Resampling.BILINEAR)).transpose(2, 0, 1)
    assert mean_difference(tensor, expected) < 4


@pytest.mark.parametrize("kind", ["TIFF", "PNG", "WEBP", "AVIF"])
def test_other_formats_keep_their_orientation(kind):
    exif = Image.Exif()
    exif[0x0112] = 6
    raster = decode(encoded(picture(), kind, exif=exif), [])
    assert raster.upright_size == (480, 640)
    tensor = pack(raster, [OutputSpec(48, 64, Stretch())]).tensors[0]
    assert tensor[0, 12, 38] > 240  # the disc has moved to the upper right
    assert tensor[2, 12, 38] < 40


@pytest.mark.parametrize(
    ("image", "kind", "colour"),
    [
        (Image.new("L", (40, 30), 200), "PNG", (200, 200, 200)),
        (Image.new("LA", (40, 30), (0, 0)), "PNG", (255, 255, 255)),
        (Image.new("RGBA", (40, 30), (255, 0, 0, 128)), "PNG", (255, 127, 127)),
        (Image.new("RGB", (40, 30), (1, 2, 250)).quantize(4), "PNG", (1, 2, 250)),
        (Image.new("1", (40, 30), 1), "PNG", (255, 255, 255)),
        (Image.fromarray(np.full((30, 40), 51400, np.uint16)), "PNG", (200, 200, 200)),
        (Image.fromarray(np.full((30, 40), 127.5, np.float32)), "TIFF", (127, 127, 127)),
        (Image.new("CMYK", (40, 30), (0, 255, 255, 0)), "JPEG", (254, 0, 0)),
        (Image.new("L", (40, 30), 9), "JPEG", (9, 9, 9)),
    ],
)
def test_every_colour_mode_becomes_rgb(image, kind, colour):
    pixel = decode(encoded(image, kind), [OutputSpec(40, 30, Stretch())]).pixels[15, 20]
    assert np.abs(pixel.astype(int) - colour).max() <= 1


def test_transparent_palette_entries_lie_on_white():
    image = Image.new("P", (40, 30), 0)
    image.putpalette([9, 9, 9])
    assert decode(encoded(image, "PNG", transparency=0), []).pixels.min() == 255


def test_a_wide_gamut_profile_is_converted_and_srgb_left_alone():
    image = Image.new("RGB", (64, 64), (200, 60, 60))
    plain = decode(encoded(image, "PNG"), []).pixels[0, 0]
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    same = decode(encoded(image, "PNG", icc_profile=srgb), []).pixels[0, 0]
    wide = decode(encoded(image, "PNG", icc_profile=swapped_primaries(srgb)), []).pixels[0, 0]
    broken = decode(encoded(image, "PNG", icc_profile=b"nonsense"), []).pixels[0, 0]
    assert plain.tolist() == same.tolist() == broken.tolist() == [200, 60, 60]
    assert wide.tolist() != plain.tolist()
    assert wide[1] > wide[0]


def swapped_primaries(profile: bytes) -> bytes:
    """A valid profile whose red and green primaries trade places, under another name."""
    swapped = profile.replace(b"rXYZ", b"tmpZ").replace(b"gXYZ", b"rXYZ").replace(b"tmpZ", b"gXYZ")
    return swapped.replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))


def test_fits_and_geometry():
    photo = (4000, 3000)
    crop = OutputSpec(224, 224, CenterCrop(0.875)).place(photo)
    assert crop.source == (687.5, 187.5, 3312.5, 2812.5)
    letterbox = OutputSpec(640, 640, Letterbox(pad=7)).place(photo)
    assert letterbox.target == (0, 80, 640, 560)
    tight = OutputSpec(640, 640, Letterbox(multiple=32)).place((4000, 2251))
    assert tight.canvas == (640, 384)
    assert OutputSpec(9, 9, Crop((-5, 10, 50, 20))).place(photo).source == (0, 10, 50, 20)
    with pytest.raises(ValueError, match="outside"):
        OutputSpec(9, 9, Crop((4000, 0, 4010, 10))).place(photo)


def test_geometry_leads_from_the_tensor_to_the_photo_and_back():
    data = encoded(picture(1600, 1200), "JPEG", quality=95)
    decoded = preprocess(data, [OutputSpec(320, 320, Letterbox()), OutputSpec(224, 224, CenterCrop())])
    for tensor, geometry in zip(decoded.tensors, decoded.geometries, strict=True):
        red = (tensor[0] > 200) & (tensor[1] < 60) & (tensor[2] < 60)
        rows, columns = np.nonzero(red)
        disc = geometry.to_photo([[columns.min(), rows.min()], [columns.max() + 1, rows.max() + 1]])
        expected = np.array([[160, 120], [480, 360]])
        if tensor.shape[1] == 224:
            expected[0, 0] = 200  # the crop cuts the disc
        np.testing.assert_allclose(disc, expected, atol=12)
        np.testing.assert_allclose(geometry.to_photo(geometry.to_output(disc)), disc)


def test_letterbox_pads_only_beside_the_photo():
    tensor = preprocess(
        encoded(Image.new("RGB", (100, 50), "white"), "PNG"), [OutputSpec(40, 40, Letterbox(pad=7))]
    ).tensors[0]
    assert (tensor[:, 10:30] == 255).all()
    assert (tensor[:, :10] == 7).all()
    assert (tensor[:, 30:] == 7).all()


def test_the_callers_memory_is_filled():
    batch = np.zeros((2, 3, 48, 64), np.uint8)
    decoded = preprocess(encoded(picture(), "JPEG"), [WHOLE], lambda _spec, _shape: batch[1])
    assert np.shares_memory(decoded.tensors[0], batch)
    assert batch[1].any()
    assert not batch[0].any()


@pytest.mark.parametrize(
    ("spec", "shrink"),
    [
        (OutputSpec(224, 224, Stretch()), 8),
        (OutputSpec(640, 640, Letterbox()), 4),
        (OutputSpec(1500, 1125, Stretch()), 2),
        (OutputSpec(4000, 3000, Stretch()), 1),
        (OutputSpec(150, 150, Crop((0, 0, 300, 300))), 1),
    ],
)
def test_shrink_leaves_enough_pixels(spec, shrink):
    assert choose_shrink((4000, 3000), [spec]) == shrink
    assert choose_shrink((20000, 10000), [OutputSpec(20000, 10000, Stretch())]) == 2


def test_shrunk_jpeg_has_the_size_that_its_shrink_promises():
    raster = decode(encoded(picture(1003, 701), "JPEG"), [OutputSpec(50, 35, Stretch())])
    assert raster.shrink == 8
    assert raster.pixels.shape == (88, 126, 3)


def png_header(width: int, height: int) -> bytes:
    body = b"IHDR" + struct.pack("!IIBBBBB", width, height, 8, 2, 0, 0, 0)
    header = struct.pack("!I", 13) + body + struct.pack("!I", zlib.crc32(body))
    return b"\x89PNG\r\n\x1a\n" + header + struct.pack("!I", 9) + b"IDAT"


@pytest.mark.parametrize("side", [15_000, 30_000, 2**31 - 1])
def test_bombs_are_refused_from_their_header(side):
    with pytest.raises(ImageTooLarge, match="200 megapixels"):
        decode(png_header(side, side), [])


def test_a_jpeg_of_many_scans_is_not_for_this_process():
    data = encoded(picture(), "JPEG", progressive=True)
    assert is_cheap_jpeg(data)
    assert not is_cheap_jpeg(data + b"\xff\xda" * 300)
    assert is_cheap_jpeg(encoded(picture(), "JPEG") + b"\xff\xda" * 300)
    assert not is_cheap_jpeg(png_header(9, 9))


@pytest.mark.parametrize(("progressive", "cheap"), [(False, True), (True, False)])
def test_neither_is_a_huge_progressive_jpeg(progressive, cheap):
    data = encoded(picture(), "JPEG", progressive=progressive)
    assert is_cheap_jpeg(data)
    stored = struct.pack("!HH", 480, 640)
    assert is_cheap_jpeg(data.replace(stored, struct.pack("!HH", 9000, 9000), 1)) == cheap


@pytest.mark.parametrize(("data", "reason"), [(b"", "empty"), (b"hello", "not a picture format")])
def test_what_is_no_picture_is_said_to_be_none(data, reason):
    with pytest.raises(UnreadableImage, match=reason):
        sniff(data)


@pytest.mark.parametrize("kind", ["PNG", "WEBP", "AVIF", "HEIF"])
def test_truncated_files_get_a_reason(kind):
    data = encoded(picture(), kind)
    with pytest.raises(UnreadableImage, match=r"truncated|corrupt"):
        decode(data[: len(data) // 2], [WHOLE])


@pytest.mark.parametrize("progressive", [False, True])
def test_a_truncated_jpeg_shows_what_there_is_of_it_and_says_so(progressive):
    image = picture()
    data = encoded(image, "JPEG", progressive=progressive)
    whole, half = (decode(part, [WHOLE]) for part in (data, data[: len(data) // 2]))
    assert (whole.truncated, half.truncated) == (False, True)
    assert half.full_size == (640, 480)
    if not progressive:
        assert mean_difference(half.pixels[:40], whole.pixels[:40]) < 1
        assert np.abs(half.pixels[-5:].astype(int) - 128).max() <= 1


def test_a_jpeg_without_its_headers_gets_a_reason():
    data = encoded(picture(), "JPEG")
    with pytest.raises(UnreadableImage, match=r"truncated|corrupt"):
        decode(data[:100], [WHOLE])


def test_mutated_jpegs_raise_nothing_else():
    data, dice = encoded(picture(), "JPEG"), random.Random(5)
    for _ in range(200):
        mutated = bytearray(data)
        for _ in range(dice.randint(1, 20)):
            mutated[dice.randrange(2, len(mutated))] = dice.randrange(256)
        with contextlib.suppress(UnreadableImage):
            assert decode(bytes(mutated), [WHOLE]).full_size
