"""Every block is what libjpeg's coefficients say, to the bit."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.inference_core.jpeg.libjpeg import Libjpeg
from tests.unit.inference_core.jpeg.pictures import encoded, photo

sizes = st.sampled_from([1, 2, 4, 8])
samplings = st.sampled_from([(1, 1), (2, 1), (1, 2), (2, 2), (4, 1), (1, 4), (4, 2)])


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(1, 120), st.integers(1, 120), st.integers(1, 100), samplings, st.integers(0, 9),
    st.booleans(), st.booleans(), sizes, sizes, st.sampled_from([0.0, 8.0, 90.0]), st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_blocks_are_those_of_libjpeg(
    libjpeg: Libjpeg, width, height, quality, sampling, restart, optimise, grey, luma, chroma, grain, seed
):
    pixels = photo(width, height, seed, grain)
    data = libjpeg.encode(pixels[..., :1] if grey else pixels, quality, sampling, restart, optimise)
    assert libjpeg.compare(data, luma, chroma) == 0


@pytest.mark.parametrize("options", [{"subsampling": s} for s in (0, 1, 2)] + [{"optimize": True}])
def test_so_are_those_of_a_file_larger_than_the_window(libjpeg: Libjpeg, options):
    data = encoded(photo(1003, 701, 5, 25.0), quality=95, **options)
    assert len(data) > 300_000
    for luma, chroma in [(1, 1), (1, 2), (2, 4), (4, 8), (8, 8)]:
        assert libjpeg.compare(data, luma, chroma) == 0


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data(), st.integers(0, 9), sizes)
def test_damage_that_libjpeg_does_not_object_to_is_read_alike(libjpeg: Libjpeg, data, restart, size):
    whole = bytearray(libjpeg.encode(photo(64, 48, 3), 80, (2, 1), restart))
    for _ in range(data.draw(st.integers(1, 4))):
        whole[data.draw(st.integers(len(whole) // 2, len(whole) - 3))] = data.draw(st.integers(0, 255))
    assert libjpeg.compare(bytes(whole), size, size) in (-1, 0)


@pytest.mark.data
def test_real_photos_are_read_alike(libjpeg: Libjpeg, data_dir: Path):
    compared = 0
    for path in sorted(data_dir.glob("[efp]*/**/*.jp*g")):
        found = libjpeg.compare(path.read_bytes(), 1, 2)
        assert found <= 0, path
        compared += found == 0
    assert compared > 100


def test_the_comparison_can_fail(libjpeg: Libjpeg):
    data = libjpeg.encode(np.full((16, 16, 3), 200, np.uint8), 80)
    swapped = data.replace(b"\xff\xd9", b"")
    assert libjpeg.compare(swapped, 1, 1) == -1
    progressive = encoded(photo(40, 40, 1), progressive=True)
    assert libjpeg.compare(progressive, 1, 1) == -2
