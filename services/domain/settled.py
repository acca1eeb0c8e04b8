"""Who was known before: what earlier groupings and the owner decided, which later faces do not undo."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from services.domain import roster
from services.domain.face_refs import FaceRef
from services.domain.facets import Person
from services.domain.identity import PersonId
from services.domain.looks import Looks, View
from services.domain.merges import is_cared_for
from services.domain.season import Season

TYPICAL_NORM = 0.98
"""Length of the mean of one person's unit vectors; stands in where only the direction was kept."""


@dataclass(frozen=True, eq=False)
class Settled:
    """The people who are known before any season is looked at."""

    looks: Looks
    """By all faces that they were given, whenever these were taken."""
    into: Mapping[PersonId, PersonId]
    """Who turns out to be somebody else."""

    @staticmethod
    def of(known: Mapping[PersonId, Person], seasons: Sequence[Season]) -> Settled:
        """Add up the faces that people were given, season by season.

        Args:
            known: Everybody, whether they have faces or not.
            seasons: All there are.
        """
        width = seasons[0].width if seasons else 0
        looks, faces = _seen(known, [season.settled({}) for season in seasons], width)
        into = _fragments(known, looks, faces)
        if into:
            left = {id_: person for id_, person in known.items() if id_ not in into}
            looks, _ = _seen(left, [season.settled(into) for season in seasons], width)
        return Settled(looks, into)


def _seen(
    known: Mapping[PersonId, Person], given: Sequence[Mapping[PersonId, Sequence[FaceRef]]], width: int
) -> tuple[Looks, list[list[FaceRef]]]:
    """Return how people look, and the faces of each, in the order of their ids."""
    ids = sorted(known)
    position = {id_: i for i, id_ in enumerate(ids)}
    counts, totals = np.zeros(len(ids), dtype=np.int64), np.zeros((len(ids), width))
    seen: list[list[FaceRef]] = [[] for _ in ids]
    for season in given:
        for id_, faces in season.items():
            seen[position[id_]] += faces
            counts[position[id_]] += len(faces)
            totals[position[id_]] += np.sum([face.embedding for face in faces], axis=0, dtype=np.float64)
    views = [
        View(i, np.asarray(vector, dtype=np.float32) * np.float32(TYPICAL_NORM))
        for i, id_ in enumerate(ids)
        if known[id_].merged or not counts[i]
        for vector in known[id_].centroids
    ]
    return Looks(ids, counts, totals, views), seen


def _fragments(
    known: Mapping[PersonId, Person], looks: Looks, faces: Sequence[Sequence[FaceRef]]
) -> dict[PersonId, PersonId]:
    """Return who is somebody else: alike on average, hardly ever seen together, not told apart.

    The one with fewer faces goes, never one of whom the owner decided anything.
    """
    ids, counts = looks.ids, looks.counts
    means = (looks.totals / np.maximum(counts, 1)[:, None]).astype(np.float32)
    similarity = np.triu(means @ means.T, 1)
    pairs = np.argwhere(similarity >= roster.SAME_PERSON)
    into: dict[PersonId, PersonId] = {}
    joined: set[int] = set()
    for one, other in pairs[np.argsort(-similarity[pairs[:, 0], pairs[:, 1]], kind="stable")].tolist():
        stays, goes = (one, other) if counts[one] >= counts[other] else (other, one)
        if is_cared_for(known[ids[goes]]):
            stays, goes = goes, stays
        free = not joined & {stays, goes} and not is_cared_for(known[ids[goes]])
        if free and _may_be_one(faces[goes], faces[stays], ids[stays]):
            into[ids[goes]] = ids[stays]
            joined |= {stays, goes}
    return into


def _may_be_one(goes: Sequence[FaceRef], stays: Sequence[FaceRef], person: PersonId) -> bool:
    photos = ({face.asset_id for face in faces} for faces in (goes, stays))
    denied = sum(person in face.never for face in goes)
    return roster.apart(*photos) and not (denied and 2 * denied >= len(goes))
