"""Whoever blinks is compared with the same person's other shots of a moment, and with nobody else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from services.domain.facets import Face
from services.domain.media import Box
from services.domain.stories.expressions import OPEN, SHUT, look, lost_by_blinking
from tests.unit.domain.album import FACE

SOMEBODY_ELSE = np.eye(128, dtype=np.float32)[0]


def eyed(eyes_open: float | None) -> Face:
    return replace(FACE, quality=0.8, smile=0.2, eyes_open=eyes_open)


def test_shut_eyes_look_like_nothing_and_half_shut_ones_like_half() -> None:
    between = (SHUT + OPEN) / 2
    shots = [(eyed(width * 0.3),) for width in (1.0, SHUT, between, OPEN)]
    assert lost_by_blinking(shots) == pytest.approx([0.0, 0.5, 0.25, 0.0], abs=1e-9)
    assert look(shots[0]) == pytest.approx(0.5)


@pytest.mark.parametrize(
    "other",
    [
        (eyed(None),),
        (replace(eyed(0.3), embedding=SOMEBODY_ELSE),),
        (),
        (eyed(0.05),),
        (replace(eyed(0.3), box=Box(0.4, 0.2, 0.42, 0.22)), replace(eyed(None), embedding=SOMEBODY_ELSE)),
    ],
    ids=["not measured", "somebody else", "nobody", "shut too", "in the background"],
)
def test_narrow_eyes_lose_nothing_without_wider_ones_of_the_same_person(other: tuple[Face, ...]) -> None:
    assert lost_by_blinking([(eyed(0.05),), other]).tolist() == [0.0, 0.0]


def test_two_who_look_alike_in_one_picture_are_two() -> None:
    assert lost_by_blinking([(eyed(0.05), eyed(0.3)), (eyed(None),)]).tolist() == [0.0, 0.0]


def test_everybody_counts_the_same() -> None:
    other = [replace(eyed(eyes), embedding=SOMEBODY_ELSE) for eyes in (0.3, 0.3)]
    assert lost_by_blinking([(eyed(0.05), other[0]), (eyed(0.3), other[1])]) == pytest.approx([0.25, 0.0])


def test_shots_of_other_moments_tell_nothing() -> None:
    shots = [(eyed(0.05),), (eyed(0.3),), (eyed(0.3),)]
    apart = np.eye(3, dtype=np.bool_)
    assert not lost_by_blinking(shots, apart).any()
    apart[0, 2] = apart[2, 0] = True
    assert lost_by_blinking(shots, apart) == pytest.approx([0.5, 0.0, 0.0])
