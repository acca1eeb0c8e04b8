"""Our decoder and libjpeg-turbo through Pillow, the twin, make the same outputs.

The bound: beside a full decode that is resized in floats, ours loses at most 4 dB to the twin, or is above
30 dB (the twin keeps more of saturated colours that change within 24 pixels); on photos ours is better.
"""

from __future__ import annotations

import io

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from inference_core.preprocess import (
    CenterCrop,
    Crop,
    Letterbox,
    Orientation,
    OutputSpec,
    Stretch,
    decode,
    kernels,
    pack,
)
from inference_core.preprocess.decode import decode_jpeg_with_pillow
from inference_core.preprocess.jpeg.baseline import block_sizes, decode_baseline
from tests.unit.inference_core.jpeg.pictures import encoded, photo, psnr

pytestmark = pytest.mark.skipif(not kernels.COMPILED, reason="the twin is selected, or nothing is compiled")

FITS = (CenterCrop(), CenterCrop(0.8), Stretch(), Letterbox(pad=7), Crop((20, 10, 150, 120)))


def exact(data: bytes, spec: OutputSpec) -> tuple[tuple[slice, ...], npt.NDArray[np.float32]]:
    """Where the photo lies in an output, and what belongs there: a full decode, resized in floats."""
    upright = ImageOps.exif_transpose(Image.open(io.BytesIO(data)))
    where = spec.place(upright.size)
    left, top, right, bottom = where.target
    size = (right - left, bottom - top)
    box = tuple(np.clip(where.source, 0, upright.size * 2))  # rounding may lead outside by a hair
    bands = [band.convert("F").resize(size, Image.Resampling.BILINEAR, box) for band in upright.split()]
    return (slice(None), slice(top, bottom), slice(left, right)), np.stack([np.asarray(b) for b in bands])


def oriented(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


@settings(max_examples=120, deadline=None)
@given(
    st.integers(160, 700), st.integers(160, 700), st.integers(70, 98), st.integers(0, 2), st.integers(1, 8),
    st.sampled_from(FITS), st.integers(16, 90), st.integers(16, 90), st.integers(0, 20), st.booleans(),
)  # fmt: skip
def test_outputs_are_as_good_as_those_of_the_twin(
    width, height, quality, subsampling, orientation, fit, w, h, restart, optimise
):
    specs = [OutputSpec(w, h, fit), OutputSpec(h, w, fit)]
    data = encoded(
        photo(width, height, width * height), quality=quality, subsampling=subsampling, optimize=optimise,
        exif=oriented(orientation), restart_marker_blocks=restart,
    )  # fmt: skip
    own, twin = decode_baseline(data, specs), decode_jpeg_with_pillow(data, specs)
    assert own is not None
    assert (own.orientation, own.full_size, own.shrink) == (twin.orientation, twin.full_size, twin.shrink)
    for spec, a, b in zip(specs, pack(own, specs).tensors, pack(twin, specs).tensors, strict=True):
        target, truth = exact(data, spec)
        assert psnr(a[target], truth) > min(psnr(b[target], truth) - 4, 30)
        assert psnr(a, b) > 24


@pytest.mark.parametrize("grey", [False, True])
def test_at_full_size_pixels_are_those_of_libjpeg(grey):
    pixels = photo(203, 150, 4)
    image = Image.fromarray(pixels).convert("L" if grey else "RGB")
    file = io.BytesIO()
    image.save(file, "JPEG", quality=90, subsampling=0)
    whole = [OutputSpec(203, 150, Stretch())]
    own, twin = decode(file.getvalue(), whole), decode_jpeg_with_pillow(file.getvalue(), whole)
    assert own.shrink == 1
    assert np.abs(own.pixels.astype(int) - twin.pixels).max() <= (1 if grey else 2)


@pytest.mark.parametrize("shrink", [8, 4, 2])
@pytest.mark.parametrize("subsampling", [0, 1, 2])
def test_reduced_pixels_are_means_of_full_size_pixels(shrink, subsampling):
    pixels = photo(640, 480, 9, grain=3.0)
    data = encoded(pixels, quality=95, subsampling=subsampling)
    own = decode(data, [OutputSpec(int(640 / shrink / 1.35), int(480 / shrink / 1.35), Stretch())])
    means = np.asarray(Image.open(io.BytesIO(data)).reduce(shrink))
    assert own.shrink == shrink
    assert psnr(own.pixels, means) > 40


@settings(max_examples=60, deadline=None)
@given(
    st.integers(0, 300), st.integers(0, 200), st.integers(20, 200), st.integers(1, 8), st.integers(0, 2),
    st.integers(0, 9),
)  # fmt: skip
def test_a_part_is_the_same_as_in_the_whole(left, top, side, orientation, subsampling, restart):
    data = encoded(
        photo(500, 400, 2), quality=90, subsampling=subsampling, exif=oriented(orientation),
        restart_marker_blocks=restart,
    )  # fmt: skip
    width, height = Orientation(orientation).swap((500, 400))
    box = (left, top, min(left + side, width), min(top + side, height))
    specs = [OutputSpec(80, 80, Crop(box))]
    part, whole = decode(data, specs, within=box), decode(data, specs)
    chip = np.array([[(box[2] - box[0]) / 80, 0, box[0]], [0, (box[3] - box[1]) / 80, box[1]], [0, 0, 1]])
    chips = np.empty((2, 3, 80, 80), np.uint8)
    part.warp_into(chip, 2, chips[0])
    whole.warp_into(chip, 2, chips[1])
    np.testing.assert_array_equal(chips[0], chips[1])
    assert sum(map(np.size, part.planes.samples)) <= sum(map(np.size, whole.planes.samples))


def test_a_chip_is_the_same_from_planes_and_from_pixels():
    data = encoded(photo(400, 300, 8, grain=0.0), quality=97, subsampling=0)
    specs = [OutputSpec(400, 300, Stretch())]
    turned = np.array([[0.9, -0.4, 120], [0.4, 0.9, 60], [0, 0, 1]])
    chips = np.empty((2, 3, 150, 150), np.uint8)
    decode(data, specs).warp_into(turned, 2, chips[0])
    decode_jpeg_with_pillow(data, specs).warp_into(turned, 2, chips[1])
    assert np.abs(chips[0].astype(int) - chips[1]).max() <= 2


@pytest.mark.parametrize(
    ("sampling", "shrink", "wanted", "sizes"),
    [
        (((2, 2), (1, 1), (1, 1)), 8, 224 / 3000, (1, 2)),
        (((2, 2), (1, 1), (1, 1)), 8, 1 / 17, (1, 1)),
        (((2, 2), (1, 1), (1, 1)), 4, 640 / 4000, (2, 4)),
        (((2, 2), (1, 1), (1, 1)), 1, 1.0, (8, 8)),
        (((1, 1), (1, 1), (1, 1)), 8, 224 / 3000, (1, 1)),
        (((4, 1), (1, 1), (1, 1)), 8, 224 / 3000, (1, 4)),
        (((1, 1),), 2, 0.3, (4, 4)),
    ],
)
def test_chroma_is_decoded_as_large_as_the_output_shows_it(sampling, shrink, wanted, sizes):
    assert block_sizes(sampling, shrink, wanted)[: len(sampling)] == sizes[: len(sampling)]


@pytest.mark.parametrize(("enough", "chroma"), [(1.0, 4), (0.75, 2), (0.0, 1)])
def test_outputs_say_how_much_chroma_is_enough(enough, chroma):
    specs = [OutputSpec(102, 77, Letterbox(), chroma=enough)]
    decoded = decode_baseline(encoded(photo(640, 480, 5), quality=90, subsampling=2), specs)
    assert decoded is not None
    widths = [plane.shape[1] for plane in decoded.planes.samples]
    assert widths == [640 // 4, 320 // 8 * chroma, 320 // 8 * chroma]
