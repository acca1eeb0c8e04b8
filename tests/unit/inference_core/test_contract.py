"""What a model takes and gives is checked against the registry."""

from __future__ import annotations

import numpy as np
import pytest

from inference_core.engines.triton.contract import Contract
from inference_core.engines.triton.failures import ForeignModel
from inference_core.errors import InferenceFailed
from inference_core.models.registry import registry

SMILE, FACES = Contract(registry().model("smile")), Contract(registry().model("faces"))


def test_a_probe_is_the_smallest_item():
    assert SMILE.probe_shape == (3, 64, 64)
    assert FACES.probe_shape == (3, 64, 64)


@pytest.mark.parametrize(
    "batch",
    [
        np.zeros((1, 3, 64, 64), np.float32),
        np.zeros((1, 3, 64, 65), np.uint8),
        np.zeros((3, 64, 64), np.uint8),
        np.zeros((0, 3, 64, 64), np.uint8),
    ],
)
def test_a_batch_that_the_model_cannot_take_does_not_leave(batch):
    with pytest.raises(InferenceFailed, match=r"smile takes uint8 \[B, 3, 64, 64\]"):
        SMILE.check_input(batch)


def test_free_dimensions_may_be_any_size():
    FACES.check_input(np.zeros((2, 3, 96, 640), np.uint8))


@pytest.mark.parametrize(
    "outputs",
    [
        {},
        {"probabilities": np.zeros((2, 7), np.float64)},
        {"probabilities": np.zeros((2, 8), np.float32)},
        {"probabilities": np.zeros((1, 7), np.float32)},
        {"other": np.zeros((2, 7), np.float32)},
    ],
)
def test_an_answer_of_another_form_is_another_model(outputs):
    with pytest.raises(ForeignModel, match="another model as smile"):
        SMILE.check_outputs(outputs, 2)


def test_the_right_answer_passes():
    SMILE.check_outputs({"probabilities": np.zeros((2, 7), np.float32)}, 2)
