"""Faces as grouping sees them: one for each face of each picture."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from services.domain.facets import Vector
from services.domain.identity import AssetId, PersonId
from services.domain.library import LibraryAsset


@dataclass(frozen=True, eq=False)
class FaceRef:
    """One face of one picture."""

    asset_id: AssetId
    index: int
    """Position among the picture's faces."""
    embedding: Vector
    """float32[128], unit length."""
    quality: float
    taken: datetime
    person: PersonId | None = None
    """Who it was found to be before."""
    never: frozenset[PersonId] = frozenset()
    """Who it is not: the owner said so."""


def face_refs(assets: Iterable[LibraryAsset]) -> list[FaceRef]:
    """Return every face of these assets, with whom it was found to be before."""
    return [
        FaceRef(asset.id, i, face.embedding, face.quality, asset.capture_time, person)
        for asset in assets
        for i, (face, person) in enumerate(zip(asset.faces, _known_people(asset), strict=True))
    ]


def _known_people(asset: LibraryAsset) -> Sequence[PersonId | None]:
    """Return who each face is; nobody is known where the faces were detected anew since."""
    return asset.people if len(asset.people) == len(asset.faces) else (None,) * len(asset.faces)
