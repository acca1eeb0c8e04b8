"""Who is who within one stretch of time: groups of faces that look like one person, found face by face.

Pictures are seen in order of time. A face joins the group that it resembles most; one that resembles nobody
stays loose until enough others like it have come, and then these found a group together. A group that has
grown is known better: it then takes in loose faces that resemble it after all, and becomes one with a group
that turns out to be the same person. What is known after some pictures depends on these alone, so that the
next picture costs nothing but itself.

This finds people better than linking batches of faces did, and faster: a face is judged by all who are known
at its time, by their mean rather than by its likeness to single faces.

Similarity is the cosine of unit embeddings; that of two groups is the mean over all pairs, which is the dot
product of their (unnormalised) means.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from services.domain.contested import ContestedFaces
from services.domain.face_refs import FaceRef
from services.domain.identity import AssetId, PersonId, stable_id
from services.domain.linkage import average_linkage
from services.domain.loose_faces import LooseFaces
from services.domain.roll import Floats
from services.domain.vector_rows import VectorRows

SAME_PERSON = 0.935
"""Mean cosine similarity from which faces are one person.

Measured with dlib's network, averaged over the mirror image, at unit length, on 250 people of LFW: pairs of
one person lie at 0.957 (5 % below 0.927), pairs of two at 0.863 (0.1 % above 0.933). BCubed F1 is 0.961,
0.967 at 0.93 and 0.943 at 0.94; but the lower, the more passers-by of many years are taken for one.
"""
FOUNDING_MARGIN = 0.025
"""What the mean similarity of two faces needs on top to found a person, and 1/(n − 1) of it that of n faces.

Among thousands of passers-by two are soon alike by chance, several hardly.
"""
FOUNDING_QUALITY = 0.3
"""Face quality (0…1) from which a face may found a person."""
MIN_FACES = 2
"""Moments in which somebody must be seen before they are a person: passers-by stay nobody."""
MOMENT_SECONDS = 60.0
"""Pictures within this time count once: a burst of a crowd makes nobody in it a person."""
TOGETHER = 0.02
"""Of two people who are one, at most this share of pictures shows both, by mistake."""
NEAREST = 64
"""Loose faces, the closest, that are looked at when a person is founded."""

SMALL = 16
"""Faces up to which every one more tells something about how a person looks."""


@dataclass(eq=False)
class Group:
    """Faces of one person."""

    person: PersonId | None = None
    """Whom it was given to before; None for somebody who was found here."""
    faces: list[int] = field(default_factory=list)
    photos: set[AssetId] = field(default_factory=set)
    total: Floats = field(default_factory=lambda: np.zeros(1))
    """The sum of the vectors, float64[width]."""


class Roster:
    """The people of one stretch of time, as far as its pictures have been seen."""

    def __init__(self, width: int) -> None:
        self.faces: list[FaceRef] = []
        self.groups: list[Group] = []
        """Empty ones went up in others."""
        self.loose = LooseFaces(width)
        self.settled = 0
        """So many faces, the first, were given to somebody before."""
        self.photo_faces: dict[AssetId, list[int]] = defaultdict(list)
        self.contested = ContestedFaces()
        self._vectors = VectorRows(width)
        self._means = VectorRows(width)

    def settle(self, person: PersonId, faces: Sequence[FaceRef]) -> None:
        """Note the faces of somebody who is known, all of one person at once, before pictures are seen."""
        group = self._new_group(person)
        for face in faces:
            self._put(group, self._note(face))
        self.settled = len(self.faces)
        self._know_better(group)

    def see(self, faces: Sequence[FaceRef]) -> None:
        """Look at the unknown faces of the next picture."""
        here = [self._note(face) for face in faces]
        left = self._recognise(here)
        for face in left:
            self.loose.put(face, self._vectors[face])
        for face in left:
            if face in self.loose and self._is_good(face):
                self._found(face)

    @property
    def vectors(self) -> NDArray[np.float32]:
        """The embeddings of the faces, float32[faces, width]."""
        return self._vectors.matrix

    @property
    def means(self) -> NDArray[np.float32]:
        """The mean of each group's vectors, not normalised; float32[groups, width]."""
        return self._means.matrix

    def new_id(self, group: int) -> PersonId:
        """Return the id of somebody who was found here: that of the earliest face, but nobody it is not."""
        founder = self.faces[min(self.groups[group].faces)]
        id_ = PersonId(stable_id("person", founder.asset_id, str(founder.index)))
        while id_ in founder.never:
            id_ = PersonId(stable_id("person", id_))
        return id_

    def _note(self, face: FaceRef) -> int:
        self.photo_faces[face.asset_id].append(len(self.faces))
        self.contested.note(len(self.faces), face)
        self.faces.append(face)
        return self._vectors.append(face.embedding)

    def _new_group(self, person: PersonId | None = None) -> int:
        self.groups.append(Group(person))
        return self._means.append(np.zeros_like(self._means[0]))

    def _put(self, group: int, face: int) -> None:
        mine = self.groups[group]
        mine.faces.append(face)
        mine.photos.add(self.faces[face].asset_id)
        mine.total = mine.total + self._vectors[face].astype(np.float64)

    def _know_better(self, group: int) -> None:
        mine = self.groups[group]
        self._means[group] = np.asarray(mine.total / len(mine.faces), dtype=np.float32)

    def _recognise(self, here: Sequence[int]) -> list[int]:
        """Give faces of one picture to groups, the closest pair first; return those that resemble nobody."""
        if not len(self._means):
            return list(here)
        similarity = self._vectors.matrix[here[0] :] @ self._means.matrix.T
        rows, groups = np.nonzero(similarity >= SAME_PERSON)
        order = np.argsort(-similarity[rows, groups], kind="stable")
        joined: dict[int, int] = {}
        for face, group in zip((rows[order] + here[0]).tolist(), groups[order].tolist(), strict=True):
            if face not in joined and self._may_join(face, group):
                joined[face] = group
                self._put(group, face)
                self._know_better(group)
        for group in joined.values():
            if _is_time_to_look(len(self.groups[group].faces)):
                self._look_again(group)
        return [face for face in here if face not in joined]

    def _found(self, face: int) -> None:
        """Let a loose face found a group with others like it, if they are enough."""
        photo = self.faces[face].asset_id
        alike = (other for _, other in self.loose.alike(self._vectors[face], SAME_PERSON))
        near = [o for o in alike if self._is_good(o) and self.faces[o].asset_id != photo][:NEAREST]
        if not near:
            return
        founders = self._linked(face, sorted([face, *near]))
        if self._moments(founders) >= MIN_FACES and self._surely_one(founders):
            group = self._new_group()
            for founder in founders:
                self.loose.take(founder)
                self._put(group, founder)
            self._know_better(group)
            self._look_again(group)

    def _linked(self, face: int, near: Sequence[int]) -> list[int]:
        """Return who of these is one with a face, itself included, in order."""
        codes: dict[AssetId, int] = {}
        photos = [codes.setdefault(self.faces[one].asset_id, len(codes)) for one in near]
        clusters = average_linkage(self._vectors.matrix[near], np.array(photos), SAME_PERSON)
        mine = next(cluster for cluster in clusters if near.index(face) in cluster)
        return [near[i] for i in mine.tolist()]

    def _moments(self, faces: Iterable[int]) -> int:
        """Return how many moments these faces, in order of time, are from."""
        seconds = [self.faces[face].taken.timestamp() for face in faces]
        return 1 + int(np.count_nonzero(np.diff(seconds) >= MOMENT_SECONDS))

    def _surely_one(self, faces: Sequence[int]) -> bool:
        """Tell whether faces are more alike than so few are by chance."""
        total, n = self._vectors.matrix[faces].sum(axis=0, dtype=np.float64), len(faces)
        mean = (float(total @ total) - n) / (n * (n - 1))
        return mean >= SAME_PERSON + FOUNDING_MARGIN / (n - 1)

    def _look_again(self, group: int) -> None:
        """Take in loose faces that resemble a group as it is known now, and who turns out to be the same."""
        for _, face in self.loose.alike(self._means[group], SAME_PERSON):
            if self._may_join(face, group):
                self.loose.take(face)
                self._put(group, face)
        self._know_better(group)
        self._fuse(group)

    def _fuse(self, group: int) -> None:
        """Make a group one with the most similar other that may be the same person."""
        similarity = self._means.matrix @ self._means[group]
        similarity[group] = -np.inf
        for other in np.argsort(-similarity, kind="stable").tolist():
            if similarity[other] < SAME_PERSON:
                return
            stays, goes = sorted((group, other), key=self._standing, reverse=True)
            if self._may_fuse(goes, stays):
                self._give(goes, stays)
                return

    def _may_fuse(self, goes: int, stays: int) -> bool:
        one, other = self.groups[goes], self.groups[stays]
        return (
            one.person is None
            and apart(one.photos, other.photos)
            and not self.contested.mostly_denied(one.faces, other.person)
        )

    def _standing(self, group: int) -> tuple[bool, int, int]:
        """Order groups by which of two stays: a known person's, the larger, the older."""
        mine = self.groups[group]
        return mine.person is not None, len(mine.faces), -group

    def _give(self, goes: int, stays: int) -> None:
        """Give one group's faces to another, but for those that cannot be the same person."""
        faces = self.groups[goes].faces
        self.groups[goes] = Group()
        self._means[goes] = np.zeros_like(self._means[goes])
        for face in faces:
            if self._may_join(face, stays):
                self._put(stays, face)
            else:
                self.loose.put(face, self._vectors[face])
        self._know_better(stays)

    def _may_join(self, face: int, group: int) -> bool:
        mine, its = self.groups[group], self.faces[face]
        return its.asset_id not in mine.photos and mine.person not in its.never

    def _is_good(self, face: int) -> bool:
        return self.faces[face].quality >= FOUNDING_QUALITY


def _is_time_to_look(size: int) -> bool:
    """Tell whether a group that has grown to a size is known better: while small, and when it doubled."""
    return size <= SMALL or size & (size - 1) == 0


def apart(one: set[AssetId], other: set[AssetId]) -> bool:
    """Tell whether two people are never in one picture, but for the odd wrong face."""
    return len(one & other) <= TOGETHER * min(len(one), len(other))
