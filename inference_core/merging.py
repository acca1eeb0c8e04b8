"""Several frames of a video to one answer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from inference_core.analysis import Content, Face, Label, ObjectSeen
from inference_core.heads.classification import unit

SAME_FACE = 0.92
"""Cosine of two face embeddings from which on they are taken for one person."""

_MOST_TAGS = 5


def merge_faces(frames: Sequence[Sequence[Face]]) -> tuple[Face, ...]:
    """Return each person once, by their best face, best quality first.

    Two faces of one frame are never one person. Frames are visited in order, and a face joins the
    most similar person that has none in its frame yet.
    """
    people: list[list[Face]] = []
    for faces in frames:
        free = list(range(len(people)))
        for face in faces:
            nearest = max(free, key=lambda index: _similarity(face, people[index]), default=None)
            if nearest is not None and _similarity(face, people[nearest]) >= SAME_FACE:
                people[nearest].append(face)
                free.remove(nearest)
            else:
                people.append([face])
    best = [max(faces, key=lambda face: face.quality) for faces in people]
    return tuple(sorted(best, key=lambda face: -face.quality))


def merge_contents(frames: Sequence[Content]) -> Content:
    """Return the best of frames: every word at its highest score, the quality of the best frame.

    The embedding is the mean of all; sensitive content counts wherever it is.
    """
    best = max(frames, key=lambda frame: frame.quality)
    return Content(
        tags=_strongest(tag for frame in frames for tag in frame.tags)[:_MOST_TAGS],
        objects=_clearest(found for frame in frames for found in frame.objects),
        themes=_strongest(theme for frame in frames for theme in frame.themes),
        embedding=unit(np.mean([frame.embedding for frame in frames], axis=0)),
        sensitive=max(frame.sensitive for frame in frames),
        quality=best.quality,
        sharpness=best.sharpness,
        exposure=best.exposure,
        contrast=best.contrast,
    )


def _similarity(face: Face, person: Sequence[Face]) -> float:
    return max(float(face.embedding @ other.embedding) for other in person)


def _strongest(labels: Iterable[Label]) -> tuple[Label, ...]:
    scores: dict[str, float] = {}
    for word, score in labels:
        scores[word] = max(score, scores.get(word, 0.0))
    return tuple(sorted(scores.items(), key=lambda label: -label[1]))


def _clearest(objects: Iterable[ObjectSeen]) -> tuple[ObjectSeen, ...]:
    """One object for each label: frames show the same things again and again."""
    found: dict[str, ObjectSeen] = {}
    for seen in sorted(objects, key=lambda seen: -seen.score):
        found.setdefault(seen.label, seen)
    return tuple(found.values())
