"""The picture that a story is announced with."""

from __future__ import annotations

from services.domain.media import MediaKind
from services.domain.roll import Ints, Roll

FACES, SMILE, PORTRAIT = 0.15, 0.1, 0.05
"""What faces, a smile and an upright format add to a picture's quality (0…1) on a cover."""
TIE_WEIGHT = 1e-3
VIDEO_PENALTY = 10.0
"""A video is a cover only where there is no photo."""


def choose_cover(roll: Roll, chosen: Ints) -> int:
    """Return the position of the chosen picture that announces the others best."""
    positions: list[int] = chosen.tolist()
    return max(positions, key=lambda i: (_appeal(roll, i), -i))


def _appeal(roll: Roll, i: int) -> float:
    asset, faces = roll.assets[i], roll.faces(i)
    return (
        float(roll.quality[i])
        + FACES * bool(faces)
        + SMILE * max((face.smile for face in faces), default=0.0)
        + PORTRAIT * (asset.height > asset.width)
        - VIDEO_PENALTY * (asset.kind is MediaKind.VIDEO)
        + TIE_WEIGHT * float(roll.tie[i])
    )
