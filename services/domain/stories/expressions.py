"""How well the faces of a picture look: sharp, seen from the front, smiling, with open eyes.

Eyes differ too much for a limit that would hold for everybody: those that are narrow by nature are open no
further than those that others close. So whether somebody blinks follows from the same person's other shots
of the moment, and where there are none, from nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.domain.columns import Bools, Floats
from services.domain.facets import Face
from services.domain.roster import SAME_PERSON
from services.domain.stories.focus import main_faces

NEUTRAL_LOOK = 0.5
SHUT, OPEN = 0.35, 0.65
"""Shares of how far somebody's eyes are open at most: at which they are shut, from which nothing is lost.

Judged by eye on 565 faces of 88 people of LFW, each beside the same person's widest eyes on other days: of
those below 0.4 most are shut, and 8 % lie below 0.6, most of which laugh or look down.
"""


def look(faces: Sequence[Face]) -> float:
    """Return how well the main ones of a picture's faces look, by themselves, 0…1."""
    if not faces:
        return NEUTRAL_LOOK
    main = main_faces(faces)
    return sum(map(_look, main)) / len(main)


def lost_by_blinking(shots: Sequence[Sequence[Face]], together: Bools | None = None) -> Floats:
    """Return what of the look of each shot its blinking faces take away, 0…1; whose eyes are shut looks 0.

    Args:
        shots: The faces of each.
        together: Which shots are of one moment, bool[shots, shots]; all of them, if nothing is said.
    """
    lost = np.zeros(len(shots))
    others = ~np.eye(len(shots), dtype=np.bool_)
    if together is not None:
        others &= together
    main = {shot: main_faces(shots[shot]) for shot in np.flatnonzero(others.any(axis=1)).tolist()}
    seen = [(shot, face) for shot, faces in main.items() for face in faces if face.eyes_open is not None]
    if not seen:
        return lost
    shot = np.array([shot for shot, _ in seen])
    eyes = np.array([face.eyes_open for _, face in seen], dtype=np.float64)
    comparable = others[shot[:, None], shot] & _same_person([face for _, face in seen])
    widest = np.maximum(eyes, np.where(comparable, eyes, 0.0).max(axis=1))
    shut = np.clip((OPEN * widest - eyes) / np.maximum((OPEN - SHUT) * widest, 1e-9), 0.0, 1.0)
    share = np.array([_look(face) / len(main[of]) for of, face in seen])
    np.add.at(lost, shot, shut * share)
    return lost


def _same_person(faces: Sequence[Face]) -> Bools:
    vectors = np.stack([face.embedding for face in faces])
    return np.asarray(vectors @ vectors.T >= SAME_PERSON)


def _look(face: Face) -> float:
    return (face.quality + face.smile) / 2
