"""Eyes that are open: where they are cut out, and what real faces say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from inference_core.analysis import Task
from inference_core.errors import EngineUnavailable
from inference_core.heads.eyes import (
    EYE_SIZE,
    LEAST_DISTANCE,
    MOST_FACES,
    eyes_open,
    eyes_to_photo,
    measurable,
)
from inference_core.heads.faces import DetectedFace
from inference_core.isolation import IsolatedPool
from inference_core.local import local_analyzer

MIDDLE, RIGHT = (EYE_SIZE / 2, EYE_SIZE / 2, 1), (EYE_SIZE, EYE_SIZE / 2, 1)


def test_eyes_are_cut_out_upright_and_the_second_one_mirrored():
    landmarks = np.array([(100.0, 100.0), (100.0, 200.0), (0, 0), (0, 0), (0, 0)])
    left, right = eyes_to_photo(landmarks)
    np.testing.assert_allclose((left @ MIDDLE)[:2], landmarks[0])
    np.testing.assert_allclose((right @ MIDDLE)[:2], landmarks[1])
    np.testing.assert_allclose((left @ RIGHT)[:2], (100, 155))
    np.testing.assert_allclose((right @ RIGHT)[:2], (100, 145))
    assert np.linalg.det(left[:2, :2]) > 0 > np.linalg.det(right[:2, :2])


def test_the_eye_that_is_open_further_tells():
    lids = np.zeros((2, 16, 2), np.float32)
    lids[:, 8] = (30, 0)
    lids[1, 9:, 1] = 9
    assert eyes_open({"lids": lids}) == pytest.approx(0.3)


EYES = np.array([(0.0, 0.0), (50.0, 0.0), (0, 0), (0, 0), (0, 0)])


def faces(*heights: float) -> list[DetectedFace]:
    return [DetectedFace((0, 0, 100, height), 0.9, EYES) for height in heights]


def test_only_the_tallest_faces_are_looked_into():
    heights = [100.0 + n for n in range(MOST_FACES + 2)]
    assert measurable(faces(*heights), shrink=2) == [False, False, *[True] * MOST_FACES]
    assert measurable(faces(100.0, 24.0, 26.0), shrink=2) == [True, False, True]
    assert measurable([], shrink=1) == []


def test_eyes_of_a_few_pixels_are_not_looked_into():
    assert measurable(faces(100.0), shrink=int(50 / LEAST_DISTANCE)) == [True]
    assert measurable(faces(100.0), shrink=4) == [False]


@pytest.mark.models
@pytest.mark.data
async def test_shut_eyes_are_told_from_the_same_persons_open_ones(data_dir: Path):
    """Pairs of pictures of a person, the first with eyes that are shut; seen by a human eye."""
    pairs = [("id088_02", "id088_06"), ("id074_01", "id074_04"), ("id061_02", "id061_00")]
    files = [data_dir / "faces" / f"{name}.jpg" for pair in pairs for name in pair]
    with IsolatedPool(workers=1) as pool:
        try:
            analyzer = local_analyzer(pool)
        except EngineUnavailable as error:
            pytest.skip(str(error))
        jobs = (analyzer.analyze(f.read_bytes(), "image/jpeg", frozenset({Task.FACES})) for f in files)
        seen = await asyncio.gather(*jobs)
        await analyzer.close()
    main = [max(analysis.faces, key=lambda face: face.box[2] - face.box[0]) for analysis in seen]
    for shut, opened in zip(main[::2], main[1::2], strict=True):
        assert shut.eyes_open < 0.5 * opened.eyes_open
