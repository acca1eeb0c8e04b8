"""Who is who: faces grouped into people, whole or a few more at a time, with ids that stay.

Similarity is the cosine of unit embeddings; that of two groups is the mean over all pairs, which is the dot
product of their (unnormalised) means. Two faces of one picture are never one person. Faces of poor quality
may join a person but never found one. What the owner decided (names, merges, hiding) always stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping

from services.domain.face_refs import FaceRef, face_refs
from services.domain.facets import Person
from services.domain.identity import AssetId, PersonId
from services.domain.people_index import Grouping, PeopleIndex

__all__ = ["FaceRef", "Grouping", "PeopleIndex", "face_refs", "group"]


def group(faces: Iterable[FaceRef], people: Mapping[PersonId, Person]) -> Grouping:
    """Say who every face is, as `PeopleIndex` does; the order of `faces` does not matter.

    A new person's id is that of the earliest of their faces.
    """
    pictures: dict[AssetId, list[FaceRef]] = defaultdict(list)
    for face in faces:
        pictures[face.asset_id].append(face)
    return PeopleIndex(people).change(pictures.values())
