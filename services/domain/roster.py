"""One grouping of faces while it is made: who each face is so far, and the steps that find out more."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.domain.face_refs import FaceRef
from services.domain.facets import Person, Vector
from services.domain.identity import AssetId, PersonId, stable_id
from services.domain.linkage import average_linkage
from services.domain.merges import is_cared_for
from services.domain.person_models import PersonModels, mean_faces
from services.domain.roll import Bools, Ints

SAME_PERSON = 0.937
"""Mean cosine similarity from which faces are one person.

Measured with dlib's network, averaged over the mirror image, at unit length, on 250 people of LFW: pairs of
one person lie at 0.957 (5 % below 0.927), pairs of two at 0.863 (0.1 % above 0.933). BCubed F1 is best
between 0.935 and 0.94; a little lower, and strangers chain.
"""
FOUNDING_MARGIN = 0.025
"""What the mean similarity of two faces needs on top to found a person, and 1/(n − 1) of it that of n faces.

Among thousands of passers-by two are soon alike by chance, several hardly. With it BCubed F1 rises from 0.960
to 0.962 on LFW, and from 0.947 to 0.975 over eight simulated years of many passers-by.
"""
FOUNDING_QUALITY = 0.3
"""Face quality (0…1) from which a face may found a person."""
MIN_FACES = 2
"""Moments in which somebody must be seen before they are a person: passers-by stay nobody."""
MOMENT_SECONDS = 60.0
"""Pictures within this time count once: a burst of a crowd makes nobody in it a person."""
TOGETHER = 0.02
"""Of two people who are one, at most this share of pictures shows both, by mistake."""
RECENT = 2000
"""Faces without a person, the latest, that are clustered at a time: bounds n² time and memory."""


class Roster:
    """The state of one grouping: faces in order of time, and the position in `ids` of whom each is."""

    def __init__(
        self,
        faces: Sequence[FaceRef],
        people: Mapping[PersonId, Person],
        merged: Mapping[PersonId, PersonId],
    ) -> None:
        self._faces = faces
        self._known = people
        self._ids = sorted(people)
        positions = {id_: i for i, id_ in enumerate(self._ids)}
        kept = (merged.get(face.person, face.person) if face.person else None for face in faces)
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
        pairs = np.argwhere(similarity >= SAME_PERSON)
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
        loose = np.flatnonzero((self.owner < 0) & self._good & self._tried)[-RECENT:]
        for cluster in average_linkage(self._vectors[loose], self._photos[loose], SAME_PERSON):
            if self._moments(loose[cluster]) < MIN_FACES or not self._surely_one(loose[cluster]):
                continue
            founder = self._faces[loose[cluster[0]]]
            self._ids.append(PersonId(stable_id("person", founder.asset_id, str(founder.index))))
            self.owner[loose[cluster]] = len(self._ids) - 1

    def _surely_one(self, members: Ints) -> bool:
        """Tell whether faces are more alike than so few are by chance."""
        total, n = self._vectors[members].sum(axis=0, dtype=np.float64), members.size
        mean = (float(total @ total) - n) / (n * (n - 1))
        return mean >= SAME_PERSON + FOUNDING_MARGIN / (n - 1)

    def join_fragments(self) -> None:
        """Join people who turn out to be one: alike on average and hardly ever seen together.

        The one with fewer faces goes, never one that the owner named, hid or dated.
        """
        counts = np.bincount(self.owner[self.owner >= 0], minlength=len(self._ids))
        means = mean_faces(self._vectors, self.owner, counts)
        similarity = np.triu(means @ means.T, 1)
        pairs = np.argwhere(similarity >= SAME_PERSON)
        joined: set[int] = set()
        for one, other in pairs[np.argsort(-similarity[pairs[:, 0], pairs[:, 1]], kind="stable")].tolist():
            stays, goes = (one, other) if counts[one] >= counts[other] else (other, one)
            if self._is_cared_for(goes):
                stays, goes = goes, stays
            if not joined & {stays, goes} and not self._is_cared_for(goes) and self._apart(stays, goes):
                self._give(goes, stays)
                joined |= {stays, goes}

    def _is_cared_for(self, position: int) -> bool:
        person = self._known.get(self._ids[position])
        return person is not None and is_cared_for(person)

    def _apart(self, one: int, other: int) -> bool:
        """Tell whether two people are never in one picture, but for the odd wrong face."""
        photos = [self._photos[self.owner == who] for who in (one, other)]
        shared = int(np.intersect1d(*photos).size)
        return bool(shared <= TOGETHER * min(photos[0].size, photos[1].size))

    def _give(self, goes: int, stays: int) -> None:
        """Give one person's faces to another, but for those in pictures that the other is in already."""
        theirs = self.owner == goes
        taken = np.isin(self._photos, self._photos[self.owner == stays])
        self.owner[theirs & taken] = -1
        self.owner[theirs & ~taken] = stays

    def _moments(self, members: Ints) -> int:
        """Return how many moments these faces, in order of time, are from."""
        return 1 + int(np.count_nonzero(np.diff(self._seconds[members]) >= MOMENT_SECONDS))

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
            elif is_cared_for(before):
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


def _stack(faces: Sequence[FaceRef]) -> NDArray[np.float32]:
    if not faces:
        return np.zeros((0, 1), dtype=np.float32)
    return np.stack([face.embedding for face in faces]).astype(np.float32, copy=False)


def _codes(faces: Sequence[FaceRef]) -> Ints:
    """Number the pictures that faces are in."""
    codes: dict[AssetId, int] = {}
    return np.array([codes.setdefault(face.asset_id, len(codes)) for face in faces], dtype=np.int64)
