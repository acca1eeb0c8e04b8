"""The part of a picture that a crop must keep."""

from __future__ import annotations

from collections.abc import Sequence

from services.domain.facets import Face
from services.domain.media import Box

HAIR, CHIN, SIDE = 0.45, 0.25, 0.3
"""What a head needs around the box of its face, in heights and widths of the box."""
SMALLEST = 0.25
"""Faces whose height is a smaller fraction of the largest one's are people in the background."""


def focus_box(faces: Sequence[Face]) -> Box | None:
    """Return the box that encloses the heads of all main faces; None without faces."""
    if not faces:
        return None
    heads = [_head(face.box) for face in main_faces(faces)]
    return Box(
        left=min(head.left for head in heads),
        top=min(head.top for head in heads),
        right=max(head.right for head in heads),
        bottom=max(head.bottom for head in heads),
    )


def main_faces(faces: Sequence[Face]) -> Sequence[Face]:
    """Return the faces that a picture is of: all but those of people in the background."""
    tallest = max((face.box.height for face in faces), default=0.0)
    return [face for face in faces if face.box.height >= SMALLEST * tallest]


def _head(face: Box) -> Box:
    return Box(
        left=max(face.left - SIDE * face.width, 0.0),
        top=max(face.top - HAIR * face.height, 0.0),
        right=min(face.right + SIDE * face.width, 1.0),
        bottom=min(face.bottom + CHIN * face.height, 1.0),
    )
