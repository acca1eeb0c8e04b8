"""Two threads make of a file what one makes of it, to the bit."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from inference_core.preprocess import CenterCrop, Letterbox, OutputSpec, kernels, preprocess
from inference_core.preprocess.jpeg.baseline import decode_baseline
from tests.unit.inference_core.jpeg.libjpeg import Libjpeg
from tests.unit.inference_core.jpeg.pictures import encoded, photo

pytestmark = pytest.mark.skipif(not kernels.COMPILED, reason="the twin is selected, or nothing is compiled")
if kernels.COMPILED:
    from inference_core.preprocess.jpeg import _jpeg

OUTPUTS = [OutputSpec(224, 224, CenterCrop()), OutputSpec(320, 320, Letterbox())]

sizes = st.sampled_from([1, 2, 4, 8])
samplings = st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (4, 2)])
damages = st.lists(st.tuples(st.floats(0, 0.999), st.integers(0, 255)), max_size=4)
shares = st.one_of(st.just(1.0), st.floats(0.1, 1))


def decoded_alike(data: bytes, luma: int, chroma: int, box: tuple[float, ...] | None = None) -> bool:
    """Hold both to each other, and return whether two threads took part."""
    header = _jpeg.Header(data)
    one, two = (_jpeg.decode(data, header, luma, chroma, box, threads) for threads in (1, 2))
    assert (two.missing, two.total, two.cut) == (one.missing, one.total, one.cut)
    for a, b in zip(one.samples, two.samples, strict=True):
        np.testing.assert_array_equal(a, b)
    assert not one.split
    return two.split


def damaged(data: bytes, damage: list[tuple[float, int]], share: float) -> bytes:
    """Change bytes of the scan, and keep a share of it."""
    marker = data.index(b"\xff\xda")
    begin = marker + 2 + int.from_bytes(data[marker + 2 : marker + 4])
    hurt = bytearray(data)
    for where, byte in damage:
        hurt[begin + int((len(data) - begin) * where)] = byte
    return bytes(hurt[: begin + int((len(data) - begin) * share)])


@settings(max_examples=250, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 500), st.integers(1, 400), st.integers(30, 100), samplings,
    st.sampled_from([0, 0, 1, 7, 90]), st.booleans(), st.booleans(), sizes, sizes, st.integers(0, 3),
    damages, shares,
)  # fmt: skip
def test_any_file_is_decoded_alike(
    libjpeg: Libjpeg,
    width, height, quality, sampling, restart, optimise, grey, luma, chroma, seed, damage, share,
):  # fmt: skip
    pixels = photo(width, height, seed, 20.0)
    data = libjpeg.encode(pixels[..., :1] if grey else pixels, quality, sampling, restart, optimise)
    decoded_alike(damaged(data, damage, share), luma, chroma)


@pytest.mark.parametrize("sides", [(1, 1), (1, 2), (2, 1), (2, 2), (2, 4), (1, 4)])
@pytest.mark.parametrize("options", [{"subsampling": s} for s in (0, 1, 2)] + [{"optimize": True}])
def test_the_later_half_is_guessed(sides, options):
    data = encoded(photo(640, 480, 2, 20.0), quality=90, **options)
    assert decoded_alike(data, *sides)
    assert decoded_alike(data + bytes(range(256)) * 40, *sides)
    assert decoded_alike(data[: len(data) * 3 // 4], *sides)


def test_a_guess_never_begins_inside_a_stuffed_pair():
    data = encoded(photo(640, 480, 2, 20.0), quality=90)
    begin = data.index(b"\xff\xda") + 14
    pairs = [found.start() for found in re.finditer(b"\xff\x00", data[: begin + len(data) // 3])][-40:]
    for pair in pairs:
        size = -(-(pair + 1 - begin) * 64 // 33)  # so that the guess would begin between the two bytes
        assert decoded_alike(data[: begin + size], 1, 2)


def test_black_and_white_are_saturated_alike():
    rng = np.random.default_rng(1)
    pixels = np.kron(rng.integers(0, 2, (60, 80, 3)), np.ones((8, 8, 1))) * 255
    data = encoded(pixels.astype(np.uint8), quality=96, subsampling=2)
    assert decoded_alike(data, 1, 2)
    assert decoded_alike(data, 2, 4)


@pytest.mark.parametrize("side", [1, 2])
def test_a_file_with_restarts_is_split_at_one(side):
    data = encoded(photo(640, 480, 2, 20.0), quality=90, restart_marker_rows=1)
    marks = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    assert decoded_alike(data, side, side)
    assert decoded_alike(data, side, side, (100, 200, 400, 470))
    assert decoded_alike(data, side, side, (0, 0, 200, 60))
    assert decoded_alike(data[: marks[3] + 9] + data[marks[5] :], side, side)
    assert decoded_alike(data[: marks[3]] + data[marks[2] : marks[3]] + data[marks[3] :], side, side)


@pytest.mark.parametrize("rest", [0, 1 << 10, 1 << 13, 1 << 14, 1 << 15, 1 << 16])
def test_whether_a_file_is_cut_does_not_hang_on_how_far_it_was_taken(rest):
    data = encoded(photo(640, 480, 2, 20.0), quality=90, restart_marker_rows=4)
    marks = [found.start() for found in re.finditer(rb"\xff[\xd0-\xd7]", data)]
    lacking = data[: marks[0] - 500] + data[marks[0] : -2] + b"\x5a" * rest
    for file, cut in ((lacking, True), (lacking + b"\xff\xd9", False)):
        planes = _jpeg.decode(file, _jpeg.Header(file), 1, 1)
        assert planes.missing
        assert planes.cut == cut
        assert decoded_alike(file, 1, 1)


def test_what_cannot_be_split_is_decoded_on_one_thread():
    data = encoded(photo(640, 480, 2, 20.0), quality=90)
    middle = len(data) // 4
    assert not decoded_alike(data, 8, 8)
    assert not decoded_alike(data, 1, 2, (100, 200, 400, 470))
    assert not decoded_alike(data[:middle] + b"\xff\xd9" + data[middle:], 1, 2)
    assert not decoded_alike(encoded(photo(40, 30, 2)), 1, 2)
    with pytest.raises(ValueError, match="threads"):
        _jpeg.decode(data, _jpeg.Header(data), 1, 1, None, 3)


def test_only_a_large_photo_takes_a_second_thread():
    large, small = (encoded(photo(*size, 4, 25.0), quality=95) for size in ((2000, 1500), (400, 300)))
    assert len(large) > 1_000_000
    assert [decode_baseline(large, OUTPUTS, threads=n).planes.split for n in (1, 2)] == [False, True]
    assert not decode_baseline(small, OUTPUTS, threads=2).planes.split
    one, two = (preprocess(large, OUTPUTS, threads=n) for n in (1, 2))
    for a, b in zip(one.tensors, two.tensors, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.data
def test_real_photos_are_decoded_alike(data_dir: Path):
    taken = 0
    for path in sorted(data_dir.glob("[efp]*/**/*.jp*g")):
        data = path.read_bytes()
        if _jpeg.Header(data).status == 0:
            taken += decoded_alike(data, 1, 2)
    assert taken > 50
