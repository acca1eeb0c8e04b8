"""Where blocks start is found by two walkers that meet, wherever they are asked to stop."""

from __future__ import annotations

import numpy as np
import pytest

from inference_core.preprocess import kernels
from tests.unit.inference_core.jpeg.pictures import encoded

if kernels.COMPILED:
    from inference_core.preprocess.jpeg import _jpeg

pytestmark = pytest.mark.skipif(not kernels.COMPILED, reason="the twin is selected, or nothing is compiled")
BLOCKS = 3000


def tower(grain: float) -> bytes:
    """A picture one block wide, so that a region may end behind any of them, of blocks of a few bits each."""
    shades = 128 + np.random.default_rng(2).normal(0, grain, (BLOCKS, 1))
    return encoded(shades.clip(0, 255).astype(np.uint8).repeat(8, 0).repeat(8, 1), quality=50)


@pytest.mark.parametrize("grain", [0, 4, 16])
def test_regions_that_end_where_the_walkers_meet(grain: float) -> None:
    data = tower(grain)
    header = _jpeg.Header(data)
    (whole,) = _jpeg.decode(data, header, 1, 1).samples
    for end in range(BLOCKS // 3, BLOCKS * 2 // 3):
        (part,) = _jpeg.decode(data, header, 1, 1, (0, 0, 8, 8 * end)).samples
        assert np.array_equal(part, whole[: len(part)])
