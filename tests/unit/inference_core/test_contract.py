"""What a model takes and gives is checked against the registry."""

from __future__ import annotations

import numpy as np
import pytest

from inference_core.engines.triton.contract import Contract
from inference_core.engines.triton.failures import ForeignModel, SwappedAnswer
from inference_core.errors import InferenceFailed
from inference_core.models.registry import registry
from inference_core.models.repository.checksum import checksums

SMILE, FACES = Contract(registry().model("smile")), Contract(registry().model("faces"))
ITEMS = np.zeros((2, 3, 64, 64), np.uint8)


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
        SMILE.verified(outputs, ITEMS, proof=False)


def test_the_right_answer_passes_with_or_without_its_checksum():
    right = {"probabilities": np.zeros((2, 7), np.float32)}
    assert SMILE.verified(right, ITEMS, proof=False) == right
    told = checksums(ITEMS, list(right.values()))
    assert SMILE.verified(right | {"checksum": told}, ITEMS, proof=True) == right


def test_the_answer_to_another_request_is_not_taken():
    others = ITEMS.copy()
    others[1, 0, 0, 0] += 1
    said = np.zeros((2, 7), np.float32)
    swapped = {"probabilities": said, "checksum": checksums(others, [said])}
    with pytest.raises(SwappedAnswer):
        SMILE.verified(swapped, ITEMS, proof=False)


def test_a_damaged_answer_is_not_taken():
    said, damaged = np.zeros((2, 7), np.float32), np.zeros((2, 7), np.float32)
    damaged[1, 3] = 1e-29
    with pytest.raises(SwappedAnswer):
        SMILE.verified({"probabilities": damaged, "checksum": checksums(ITEMS, [said])}, ITEMS, proof=False)


def test_an_answer_without_the_proof_that_is_due_is_not_taken():
    with pytest.raises(SwappedAnswer):
        SMILE.verified({"probabilities": np.zeros((2, 7), np.float32)}, ITEMS, proof=True)
