"""Who blinks in one shot of a moment, and does not in another.

Eyes differ too much for a limit that would hold for everybody: those that are narrow by nature, or laugh, are
open no further than those that others close. So a face is compared with the same person's in the other shots.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from services.domain.facets import Face
from services.domain.roster import SAME_PERSON
from services.domain.stories.focus import main_faces

SHUT, OPEN = 0.5, 0.7
"""Shares of how far somebody's eyes are open at most: up to which they are shut, from which they are open.

Judged by eye on 450 faces of 78 people of LFW, beside the median of the same person: those that are shut have
0.38 to 0.55, and of the others few have less than 0.6. These are from many days; no bursts were at hand.
"""


def blinking(shots: Sequence[Sequence[Face]]) -> list[float]:
    """Return for each shot which share of its main faces is shut that is open in another shot, 0…1."""
    faces = [(n, face, face.eyes_open) for n, shot in enumerate(shots) for face in main_faces(shot)]
    measured = [(n, face, eyes) for n, face, eyes in faces if eyes is not None]
    blinks = [0.0] * len(shots)
    if len(measured) < 2:
        return blinks
    vectors = np.stack([face.embedding for _, face, _ in measured])
    eyes = np.array([eyes for _, _, eyes in measured])
    widest = np.where(vectors @ vectors.T >= SAME_PERSON, eyes, eyes[:, None]).max(axis=1)
    shut = np.clip((OPEN - eyes / np.maximum(widest, 1e-6)) / (OPEN - SHUT), 0.0, 1.0)
    for (n, _, _), share in zip(measured, shut.tolist(), strict=True):
        blinks[n] += share / len(main_faces(shots[n]))
    return blinks
