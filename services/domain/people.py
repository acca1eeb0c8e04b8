"""Who is who: faces grouped into people, a few more faces at a time, with ids that stay.

Similarity is the cosine of unit embeddings; that of two groups is the mean over all pairs, which is the dot
product of their (unnormalised) means. Two faces of one picture are never one person. Faces of poor quality
may join a person but never found one. What the owner decided (names, merges, hiding) always stands.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
from numpy.typing import NDArray

from services.domain.facets import Person, Vector
from services.domain.identity import AssetId, PersonId, stable_id
from services.domain.library import LibraryAsset
from services.domain.linkage import average_linkage
from services.domain.person_models import PersonModels
from services.domain.roll import Bools, Ints

SAME_PERSON = 0.937
"""Mean cosine similarity from which faces are one person.

Measured with dlib's network, averaged over the mirror image, at unit length, on 250 people of LFW: pairs of
one person lie at 0.957 (5 % below 0.927), pairs of two at 0.863 (0.1 % above 0.933). BCubed F1 is best
between 0.935 and 0.94; a little lower, and strangers chain.
"""
POOR_FACE_MARGIN = 0.01
"""What a poor face needs on top before it joins a person."""
FOUNDING_QUALITY = 0.3
"""Face quality (0…1) from which a face may found a person."""
MIN_FACES = 2
"""Pictures in which somebody must be seen before they are a person: passers-by stay nobody."""
CHUNK = 1000
"""Faces clustered at a time: bounds the n² of clustering; later chunks meet the people of earlier ones."""


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


@dataclass(frozen=True)
class Grouping:
    """Who every face is, and the people there are."""

    assignments: Mapping[AssetId, tuple[PersonId | None, ...]]
    """For each picture one entry a face; None where nobody is known."""
    people: Mapping[PersonId, Person]


def face_refs(assets: Iterable[LibraryAsset]) -> list[FaceRef]:
    """Return every face of these assets, with whom it was found to be before."""
    return [
        FaceRef(asset.id, i, face.embedding, face.quality, asset.capture_time, person)
        for asset in assets
        for i, (face, person) in enumerate(zip(asset.faces, _known_people(asset), strict=True))
    ]


def group(faces: Sequence[FaceRef], people: Mapping[PersonId, Person]) -> Grouping:
    """Say who every face is: known people first, then new ones.

    Faces that belong to somebody stay with them, or go to whom the owner merged them into. A person without
    faces left is dropped unless the owner named, hid or dated them. The result does not depend on the order
    of `faces`; a new person's id is that of the earliest face that founded it.
    """
    ordered = sorted(faces, key=lambda face: (face.taken, face.asset_id, face.index))
    known = _without_merged(people)
    roster = _Roster(ordered, known)
    unknown = np.flatnonzero(roster.owner < 0)
    for start in range(0, unknown.size, CHUNK):
        roster.match(unknown[start : start + CHUNK])
        roster.found_people()
    roster.match(np.flatnonzero(roster.owner < 0))
    return Grouping(roster.assignments(), roster.people())


class _Roster:
    """The state of one grouping: faces in order of time, and the position in `ids` of whom each is."""

    def __init__(self, faces: Sequence[FaceRef], people: Mapping[PersonId, Person]) -> None:
        self._faces = faces
        self._known = people
        self._ids = sorted(people)
        positions = {id_: i for i, id_ in enumerate(self._ids)}
        survivors = _survivors(people)
        kept = (survivors.get(face.person, face.person) if face.person else None for face in faces)
        self.owner = np.array([positions.get(id_, -1) if id_ else -1 for id_ in kept], dtype=np.int64)
        self._vectors = _stack(faces)
        self._photos = _codes(faces)
        self._good = np.array([face.quality >= FOUNDING_QUALITY for face in faces], dtype=np.bool_)
        self._seconds = np.array([face.taken.timestamp() for face in faces], dtype=np.float64)
        self._tried: Bools = np.zeros(len(faces), dtype=np.bool_)

    def models(self) -> PersonModels:
        """Return what the faces found so far say of everybody's looks."""
        stored = [self._known[id_].centroids if id_ in self._known else () for id_ in self._ids]
        return PersonModels.of(self._vectors, self.owner, self._seconds, stored)

    def match(self, members: Ints) -> None:
        """Give faces to people that they resemble, the closest pair first, nobody twice in a picture."""
        self._tried[members] = True
        models = self.models()
        if models.empty or members.size == 0:
            return
        similarity = models.similarity(self._vectors[members])
        needed = SAME_PERSON + POOR_FACE_MARGIN * ~self._good[members]
        pairs = np.argwhere(similarity >= needed[:, None])
        order = np.argsort(-similarity[pairs[:, 0], pairs[:, 1]], kind="stable")
        present = self._presence(np.unique(self._photos[members]))
        for row, person in pairs[order].tolist():
            face = int(members[row])
            seen = (int(self._photos[face]), person)
            if self.owner[face] < 0 and seen not in present:
                self.owner[face] = person
                present.add(seen)

    def found_people(self) -> None:
        """Cluster the good faces that resemble nobody; clusters that are large enough become people."""
        loose = np.flatnonzero((self.owner < 0) & self._good & self._tried)[-2 * CHUNK :]
        for cluster in average_linkage(self._vectors[loose], self._photos[loose], SAME_PERSON):
            if cluster.size < MIN_FACES:
                continue
            founder = self._faces[loose[cluster[0]]]
            self._ids.append(PersonId(stable_id("person", founder.asset_id, str(founder.index))))
            self.owner[loose[cluster]] = len(self._ids) - 1

    def assignments(self) -> dict[AssetId, tuple[PersonId | None, ...]]:
        """Return who the faces of each picture are."""
        found: dict[AssetId, dict[int, PersonId | None]] = defaultdict(dict)
        for face, owner in zip(self._faces, self.owner.tolist(), strict=True):
            found[face.asset_id][face.index] = self._ids[owner] if owner >= 0 else None
        return {
            asset: tuple(by_index.get(i) for i in range(max(by_index) + 1))
            for asset, by_index in found.items()
        }

    def people(self) -> dict[PersonId, Person]:
        """Return everybody who has faces or whom the owner cares about, brought up to date."""
        models, result = self.models(), {}
        order = np.argsort(self.owner, kind="stable")
        bounds = np.searchsorted(self.owner[order], np.arange(len(self._ids) + 1))
        for i, id_ in enumerate(self._ids):
            members, before = order[bounds[i] : bounds[i + 1]], self._known.get(id_, Person())
            if members.size:
                result[id_] = self._portrait(members, before, models.centroids(i))
            elif before.name or before.hidden or before.birthday:
                result[id_] = replace(before, face_count=0, cover=None)
        return result

    def _portrait(self, members: Ints, before: Person, centroids: tuple[Vector, ...]) -> Person:
        best = self._faces[max(members.tolist(), key=lambda i: (self._faces[i].quality, -i))]
        return replace(
            before,
            centroids=centroids,
            face_count=int(members.size),
            cover=(best.asset_id, best.index),
            last_seen=self._faces[members[-1]].taken,
        )

    def _presence(self, photos: Ints) -> set[tuple[int, int]]:
        """Return the (photo, person) pairs already given out in these photos."""
        given = np.flatnonzero((self.owner >= 0) & np.isin(self._photos, photos))
        return set(zip(self._photos[given].tolist(), self.owner[given].tolist(), strict=True))


def _survivors(people: Mapping[PersonId, Person]) -> dict[PersonId, PersonId]:
    """Return whom each merged person was merged into in the end."""
    into = {merged: id_ for id_, person in people.items() for merged in person.merged}
    return {merged: _last(into, merged) for merged in into}


def _last(into: Mapping[PersonId, PersonId], start: PersonId) -> PersonId:
    seen, current = {start}, start
    while current in into and into[current] not in seen:
        current = into[current]
        seen.add(current)
    return current


def _without_merged(people: Mapping[PersonId, Person]) -> dict[PersonId, Person]:
    gone = _survivors(people)
    return {id_: person for id_, person in people.items() if id_ not in gone}


def _known_people(asset: LibraryAsset) -> Sequence[PersonId | None]:
    """Return who each face is; nobody is known where the faces were detected anew since."""
    return asset.people if len(asset.people) == len(asset.faces) else (None,) * len(asset.faces)


def _stack(faces: Sequence[FaceRef]) -> NDArray[np.float32]:
    if not faces:
        return np.zeros((0, 1), dtype=np.float32)
    return np.stack([face.embedding for face in faces]).astype(np.float32, copy=False)


def _codes(faces: Sequence[FaceRef]) -> Ints:
    """Number the pictures that faces are in."""
    codes: dict[AssetId, int] = {}
    return np.array([codes.setdefault(face.asset_id, len(codes)) for face in faces], dtype=np.int64)
