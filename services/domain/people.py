"""Who is who: faces grouped into people, a few more faces at a time, with ids that stay.

Similarity is the cosine of unit embeddings; that of two groups is the mean over all pairs, which is the dot
product of their (unnormalised) means. Two faces of one picture are never one person. Faces of poor quality
may join a person but never found one. What the owner decided (names, merges, hiding) always stands.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.domain.face_refs import FaceRef, face_refs
from services.domain.facets import Person
from services.domain.identity import AssetId, PersonId
from services.domain.merges import survivors, without_merged
from services.domain.roster import Roster

__all__ = ["FaceRef", "Grouping", "face_refs", "group"]

CHUNK = 1000
"""Faces looked at in one go; those of later chunks meet the people of earlier ones."""


@dataclass(frozen=True)
class Grouping:
    """Who every face is, and the people there are."""

    assignments: Mapping[AssetId, tuple[PersonId | None, ...]]
    """For each picture one entry a face; None where nobody is known."""
    people: Mapping[PersonId, Person]


def group(faces: Sequence[FaceRef], people: Mapping[PersonId, Person]) -> Grouping:
    """Say who every face is: known people first, then new ones.

    Faces that belong to somebody stay with them, or go to whom the owner merged them into; a person without a
    name may turn out to be somebody else and goes up in them. A person without faces left is dropped unless
    the owner named, hid or dated them. The result does not depend on the order
    of `faces`; a new person's id is that of the earliest face that founded it.
    """
    ordered = sorted(faces, key=lambda face: (face.taken, face.asset_id, face.index))
    roster = Roster(ordered, without_merged(people), survivors(people))
    unknown = np.flatnonzero(roster.owner < 0)
    for start in range(0, unknown.size, CHUNK):
        roster.match(unknown[start : start + CHUNK])
        roster.found_people()
        roster.join_fragments()
    roster.match(np.flatnonzero(roster.owner < 0))
    return Grouping(roster.assignments(), roster.people())
