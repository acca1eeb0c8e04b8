"""Eyes that are open: where they are cut out, and what real faces say."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from inference_core.analysis import Task
from inference_core.errors import EngineUnavailable
from inference_core.heads.eyes import EYE_SIZE, MOST_FACES, eyes_open, eyes_to_photo, measurable
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


def test_only_the_largest_faces_are_measured():
    eyes = np.array([(0.0, 0.0), (50.0, 0.0), (0, 0), (0, 0), (0, 0)])
    faces = [DetectedFace((0, 0, 100, 100.0 + n), 0.9, eyes) for n in range(MOST_FACES + 2)]
    assert measurable(faces, shrink=2) == [False, False, *[True] * MOST_FACES]
    assert not any(measurable(faces, shrink=4))


@pytest.mark.models
@pytest.mark.data
async def test_people_who_blink_are_told_from_their_other_pictures(data_dir: Path):
    pairs = {"id061_02": "id061_", "id074_01": "id074_", "id029_02": "id029_"}
    files = sorted(path for who in pairs.values() for path in (data_dir / "faces").glob(f"{who}*.jpg"))
    with IsolatedPool(workers=1) as pool:
        try:
            analyzer = local_analyzer(pool)
            jobs = (analyzer.analyze(f.read_bytes(), "image/jpeg", frozenset({Task.FACES})) for f in files)
            seen = await asyncio.gather(*jobs)
        except EngineUnavailable as error:
            pytest.skip(str(error))
        finally:
            await analyzer.close()
    eyes = {
        file.stem: max(analysis.faces, key=lambda face: face.box[2] - face.box[0]).eyes_open
        for file, analysis in zip(files, seen, strict=True)
    }
    for blinking, who in pairs.items():
        others = [value for name, value in eyes.items() if name.startswith(who) and name != blinking]
        assert eyes[blinking] < 0.6 * np.median(others)
