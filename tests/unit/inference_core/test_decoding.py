"""Where decoding happens."""

from __future__ import annotations

import asyncio
import functools
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from inference_core.decoding import Decoder
from inference_core.isolation import IsolatedPool
from inference_core.preprocess import CenterCrop, OutputSpec, kernels
from tests.unit.inference_core.jpeg.pictures import encoded, photo

pytestmark = pytest.mark.skipif(not kernels.COMPILED, reason="the twin is selected, or nothing is compiled")

SPECS = [OutputSpec(224, 224, CenterCrop())]


@functools.cache
def large_photo() -> bytes:
    return encoded(photo(2000, 1500, 4, 25.0), quality=95)


@asynccontextmanager
async def decoder(threads: int) -> AsyncIterator[Decoder]:
    with IsolatedPool(workers=1) as pool:
        made = Decoder(pool, threads=threads)
        yield made
        await made.close()


async def was_split(decoder: Decoder) -> bool:
    picture = await decoder.picture(large_photo(), SPECS)
    return picture.decoded.raster.planes.split


async def test_a_large_photo_takes_the_core_that_would_be_idle():
    async with decoder(threads=2) as made:
        for _ in range(2):
            assert await was_split(made)
    async with decoder(threads=1) as made:
        assert not await was_split(made)


async def test_photos_that_come_together_take_one_core_each():
    async with decoder(threads=2) as made:
        assert await asyncio.gather(*(was_split(made) for _ in range(4))) == [True, False, False, False]
        assert await was_split(made)
