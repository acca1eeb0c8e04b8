"""The compiled kernels and their Python twin agree, and both mean what they say."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageOps

from inference_core.preprocess import _kernels_py

_kernels = pytest.importorskip("inference_core.preprocess._kernels", reason="not compiled")

sides = st.integers(1, 70)
orientations = st.integers(1, 8)


def noise(width: int, height: int, seed: int) -> npt.NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


@st.composite
def boxes(draw: st.DrawFn, width: int, height: int) -> tuple[float, float, float, float]:
    part = st.floats(0, 1)
    left, top = draw(part) * width * 0.9, draw(part) * height * 0.9
    right = left + max(draw(part) * (width - left), (width - left) * 0.05)
    bottom = top + max(draw(part) * (height - top), (height - top) * 0.05)
    return (left, top, min(right, width), min(bottom, height))


@settings(max_examples=150, deadline=None)
@given(st.data(), sides, sides, sides, sides, orientations, st.integers(0, 2**32 - 1))
def test_resize_is_within_one_level_of_its_twin(data, width, height, w, h, orientation, seed):
    pixels = noise(width, height, seed)
    box = data.draw(boxes(width, height))
    compiled, twin = np.zeros((2, 3, h, w), np.uint8)
    _kernels.resize_into(pixels, box, orientation, compiled)
    _kernels_py.resize_into(pixels, box, orientation, twin)
    assert np.abs(compiled.astype(int) - twin).max() <= 1


@settings(max_examples=100, deadline=None)
@given(
    sides, sides, sides, sides, st.integers(1, 4), st.integers(0, 2**32 - 1),
    st.lists(st.floats(-3, 3), min_size=4, max_size=4),
)  # fmt: skip
def test_warp_is_within_one_level_of_its_twin(width, height, w, h, samples, seed, linear):
    pixels = noise(width, height, seed)
    matrix = np.array([[*linear[:2], width / 3], [*linear[2:], height / 3], [0, 0, 1]])
    compiled, twin = np.zeros((2, 3, h, w), np.uint8)
    _kernels.warp_into(pixels, matrix, samples, compiled)
    _kernels_py.warp_into(pixels, matrix, samples, twin)
    assert np.abs(compiled.astype(int) - twin).max() <= 1


@settings(max_examples=100, deadline=None)
@given(st.data(), st.integers(3, 60), st.integers(3, 200), st.integers(0, 2**32 - 1))
def test_statistics_are_those_of_the_twin(data, height, width, seed):
    grey = noise(width, height, seed)[:, :, 0].copy()
    rows, columns = (
        np.array(sorted(data.draw(st.sets(st.integers(0, side - 2), min_size=2, max_size=9))), np.intc)
        for side in (height, width)
    )
    variances = _kernels.laplacian_variances(grey, rows, columns)
    np.testing.assert_allclose(variances, _kernels_py.laplacian_variances(grey, rows, columns), rtol=1e-9)
    np.testing.assert_array_equal(_kernels.histogram(grey), _kernels_py.histogram(grey))


def test_the_largest_squares_fit():
    grey = (np.indices((4, 2048)).sum(axis=0) % 2 * 255).astype(np.uint8)
    rows, columns = np.array([0, 2], np.intc), np.array([0, 2046], np.intc)
    assert _kernels.laplacian_variances(grey, rows, columns) == pytest.approx(1020**2)


@pytest.mark.parametrize("columns", [(0, 9), (-1, 4), (3, 3), (4, 2), (2,), ()])
def test_tiles_outside_the_laplacian_are_refused(columns):
    grey = noise(10, 10, 0)[:, :, 0].copy()
    with pytest.raises(ValueError, match="tiles"):
        _kernels.laplacian_variances(grey, np.array([0, 8], np.intc), np.array(columns, np.intc))


def test_a_picture_whose_squares_might_not_fit_is_refused():
    tiles = np.array([0, 2], np.intc)
    with pytest.raises(ValueError, match="2048"):
        _kernels.laplacian_variances(np.zeros((4, 2049), np.uint8), tiles, tiles)


@pytest.mark.parametrize("kernel", [_kernels, _kernels_py])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_that_of_exif(kernel, orientation):
    pixels = noise(5, 3, orientation)
    image = Image.fromarray(pixels)
    image.getexif()[0x0112] = orientation
    upright = np.asarray(ImageOps.exif_transpose(image))
    out = np.zeros((3, *upright.shape[:2]), np.uint8)
    kernel.resize_into(pixels, (0, 0, 5, 3), orientation, out)
    np.testing.assert_array_equal(out.transpose(1, 2, 0), upright)


@pytest.mark.parametrize("kernel", [_kernels, _kernels_py])
def test_identity_warp_copies_and_leaves_black_outside(kernel):
    pixels = noise(6, 4, 1)
    out = np.full((3, 6, 6), 9, np.uint8)
    kernel.warp_into(pixels, np.eye(3), 1, out)
    np.testing.assert_array_equal(out[:, :4].transpose(1, 2, 0), pixels)
    assert not out[:, 4:].any()


def test_only_the_given_part_of_a_buffer_is_written():
    buffer = np.full((2, 3, 20, 30), 7, np.uint8)
    _kernels.resize_into(noise(40, 40, 3), (0, 0, 40, 40), 1, buffer[1, :, 5:10, 4:20])
    rest = buffer.copy()
    rest[1, :, 5:10, 4:20] = 7
    assert (rest == 7).all()
    assert (buffer[1, :, 5:10, 4:20] != 7).any()


@pytest.mark.parametrize("box", [(-1, 0, 4, 4), (0, 0, 5, 4), (2, 0, 2, 4), (0, float("nan"), 4, 4)])
def test_a_box_outside_the_pixels_is_refused(box):
    with pytest.raises(ValueError, match="inside"):
        _kernels.resize_into(noise(4, 4, 0), box, 1, np.zeros((3, 2, 2), np.uint8))


@pytest.mark.parametrize(("setting", "compiled"), [("python", "False"), ("", "True")])
def test_the_environment_selects_the_twin(setting, compiled):
    code = "from inference_core.preprocess import kernels; print(kernels.COMPILED)"
    environment = {**os.environ, "STORYROLL_KERNELS": setting}
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=True)
    assert done.stdout.decode().strip() == compiled
