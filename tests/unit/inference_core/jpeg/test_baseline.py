"""What is decoded here, what is left to others, and what becomes of damage."""

from __future__ import annotations

import io
import random
import re
import struct

import numpy as np
import pytest
from PIL import Image, ImageCms

from inference_core.errors import ImageTooLarge
from inference_core.preprocess import Orientation, OutputSpec, Stretch, decode, kernels, preprocess
from inference_core.preprocess.jpeg.baseline import decode_baseline
from inference_core.preprocess.jpeg.planar import PlanarPhoto
from inference_core.preprocess.jpeg.progressive import without_hidden_scans
from inference_core.preprocess.raster import Raster
from tests.unit.inference_core.jpeg.pictures import encoded, photo, psnr

pytestmark = pytest.mark.skipif(not kernels.COMPILED, reason="the twin is selected, or nothing is compiled")

SMALL = [OutputSpec(40, 30, Stretch())]


def decoded(data: bytes) -> PlanarPhoto:
    found = decode_baseline(data, SMALL)
    assert found is not None
    return found


@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_usual_files_are_decoded_here(subsampling):
    assert decode_baseline(encoded(photo(99, 70, 1), subsampling=subsampling), SMALL)


@pytest.mark.parametrize(
    "kind", ["progressive", "CMYK", "rgb", "arithmetic", "12 bits", "two scans", "no tables"]
)
def test_unusual_files_are_left_to_others(kind):
    pixels = photo(99, 70, 1)
    data = encoded(pixels, progressive=kind == "progressive")
    if kind == "CMYK":
        file = io.BytesIO()
        Image.fromarray(pixels).convert("CMYK").save(file, "JPEG")
        data = file.getvalue()
    elif kind == "rgb":
        data = encoded(pixels, keep_rgb=True)
    elif kind == "arithmetic":
        data = data.replace(b"\xff\xc0", b"\xff\xc9", 1)
    elif kind == "12 bits":
        data = data.replace(b"\xff\xc0\x00\x11\x08", b"\xff\xc0\x00\x11\x0c", 1)
    elif kind == "two scans":
        data = data.replace(b"\xff\xda\x00\x0c\x03", b"\xff\xda\x00\x08\x01", 1)
    elif kind == "no tables":
        data = data.replace(b"\xff\xc4", b"\xff\xe5")
    assert decode_baseline(data, SMALL) is None


def test_the_header_alone_refuses_a_bomb():
    data = encoded(photo(99, 70, 1)).replace(struct.pack("!HH", 70, 99), struct.pack("!HH", 65535, 65535), 1)
    with pytest.raises(ImageTooLarge, match="megapixels"):
        decode(data, SMALL)


def test_xmp_orients_what_exif_does_not():
    packet = b'<rdf:Description tiff:Orientation="6"/>'
    data = encoded(photo(99, 70, 1), xmp=packet)
    assert decoded(data).orientation == Orientation.ROTATE_90_CW
    exif = Image.Exif()
    exif[0x0112] = 3
    assert decoded(encoded(photo(99, 70, 1), xmp=packet, exif=exif)).orientation == Orientation.ROTATE_180


def test_a_wide_gamut_is_converted_in_every_output():
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = srgb.replace(b"rXYZ", b"tmpZ").replace(b"gXYZ", b"rXYZ").replace(b"tmpZ", b"gXYZ")
    wide = swapped.replace("sRGB".encode("utf-16-be"), "tRGB".encode("utf-16-be"))
    red = np.full((64, 80, 3), (200, 60, 60), np.uint8)
    plain, converted = (preprocess(encoded(red, icc_profile=profile), SMALL) for profile in (srgb, wide))
    assert np.abs(plain.tensors[0].mean(axis=(1, 2)) - (200, 60, 60)).max() < 2
    levels = converted.tensors[0].mean(axis=(1, 2))
    assert levels[1] > levels[0] + 50
    assert np.abs(converted.raster.pixels.mean(axis=(0, 1)) - levels).max() < 1


@pytest.mark.parametrize("share", [0.15, 0.4, 0.8, 0.99])
def test_a_truncated_file_shows_its_share(share):
    pixels = photo(640, 480, 3)
    data = encoded(pixels, quality=90)
    begin = data.index(b"\xff\xda")
    whole, part = decoded(data), decoded(data[: begin + int((len(data) - begin) * share)])
    assert not whole.truncated
    assert whole.planes.missing == 0
    assert part.truncated
    assert 1 - part.planes.missing / part.planes.total == pytest.approx(share, abs=0.1)
    rows = int(whole.pixels.shape[0] * max(share - 0.12, 0))
    np.testing.assert_array_equal(part.pixels[:rows], whole.pixels[:rows])


def test_a_lost_restart_interval_costs_only_itself():
    pixels = photo(640, 480, 3)
    data = bytearray(encoded(pixels, quality=90, restart_marker_rows=1))
    marks = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    del data[marks[9] + 40 : marks[10]]
    hurt, whole = decoded(bytes(data)), decoded(encoded(pixels, quality=90))
    assert 0 < hurt.planes.missing <= 40
    assert not hurt.truncated
    first, last = 10 * 16 // whole.shrink, 11 * 16 // whole.shrink
    same = (hurt.pixels == whole.pixels).all(axis=(1, 2))
    assert same[: first - 2].all()
    assert same[last + 2 :].all()


def test_mutations_do_no_harm():
    data, dice = encoded(photo(200, 150, 6), quality=60, restart_marker_blocks=5), random.Random(3)
    for _ in range(2000):
        mutated = bytearray(data[: dice.randrange(20, len(data) + 1)])
        for _ in range(dice.randint(1, 20)):
            mutated[dice.randrange(2, len(mutated) if dice.random() < 0.5 else min(700, len(mutated)))] = (
                dice.randrange(256)
            )
        try:
            found = decode_baseline(bytes(mutated), SMALL)
        except ImageTooLarge:
            continue
        if found is not None:
            assert 0 <= found.planes.missing <= found.planes.total


@pytest.mark.parametrize(("shrink", "least"), [(8, 30), (4, 33)])
def test_a_progressive_file_loses_only_what_cannot_be_seen(shrink, least):
    data = encoded(photo(640, 480, 3, grain=4.0), quality=90, progressive=True)
    trimmed = without_hidden_scans(data, shrink)
    assert len(trimmed) < len(data) * (0.25 if shrink == 8 else 0.6)
    assert without_hidden_scans(data, 2) is data
    small = [OutputSpec(int(640 / shrink / 1.35), int(480 / shrink / 1.35), Stretch())]
    found = decode(data, small)
    assert isinstance(found, Raster)
    means = np.asarray(Image.open(io.BytesIO(data)).reduce(shrink))
    assert psnr(found.pixels, means) > least


@pytest.mark.parametrize("cut", [3, 30, 200, 620])
def test_a_progressive_file_that_is_not_understood_is_left_alone(cut):
    data = encoded(photo(64, 48, 3), progressive=True)
    assert without_hidden_scans(data[:cut], 8)[:2] == data[:2]
    garbled = data[:2] + b"\x00" + data[2:]
    assert without_hidden_scans(garbled, 8) == garbled
