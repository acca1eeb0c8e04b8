"""Whom the people of a season are known as from before: groups first, then the faces that are left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.domain import roster
from services.domain.face_refs import FaceRef
from services.domain.identity import AssetId, PersonId
from services.domain.looks import Looks, Seen
from services.domain.roster import Roster, apart


class Part(NamedTuple):
    """What one season says of one person."""

    seen: Seen
    new: Seen
    """Of these, the faces that were not given to the person before."""
    best: FaceRef
    """The one of best quality, the earliest of these."""
    last: datetime


@dataclass(frozen=True, eq=False)
class Linked:
    """Everybody of a season, with those who are known from before."""

    roster: Roster
    before: Looks
    members: Mapping[PersonId, Sequence[int]]
    """The faces of each person, positions in the roster, ascending; in an order that the faces decide."""
    owners: Sequence[PersonId | None]
    """Who each face of the roster is."""
    _parts: dict[PersonId, Part] = field(default_factory=dict)

    def part(self, person: PersonId) -> Part:
        """Return what the season says of a person."""
        if person not in self._parts:
            self._parts[person] = self._part(self.members[person])
        return self._parts[person]

    def _part(self, members: Sequence[int]) -> Part:
        faces, vectors = [self.roster.faces[i] for i in members], self.roster.vectors
        new = [i for i in members if i >= self.roster.settled]
        quality = [face.quality for face in faces]
        return Part(
            seen=Seen(len(members), vectors[members].sum(axis=0, dtype=np.float64)),
            new=Seen(len(new), vectors[new].sum(axis=0, dtype=np.float64)),
            best=min((faces[i] for i in _highest(quality)), key=lambda face: (face.taken, face.asset_id)),
            last=max(face.taken for face in faces),
        )

    @cached_property
    def after(self) -> Looks:
        """What is known of everybody after the season."""
        parts = {person: self.part(person) for person in self.members}
        return self.before.and_then(
            {person: part.new for person, part in parts.items()},
            {person: part.seen for person, part in parts.items()},
        )

    def unlike(self, earlier: Linked | None) -> set[PersonId]:
        """Return who has other faces than by an earlier linking; what that says of the others is kept."""
        if earlier is None or self.roster is not earlier.roster:
            return self.members.keys() | (earlier.members.keys() if earlier else set())
        everybody = self.members.keys() | earlier.members.keys()
        same = {person for person in everybody if self.members.get(person) == earlier.members.get(person)}
        self._parts.update({person: part for person, part in earlier._parts.items() if person in same})
        return everybody - same

    def photos_unlike(self, earlier: Linked | None) -> set[AssetId]:
        """Return the pictures in which somebody may be somebody else than by an earlier linking."""
        faces = self.roster.faces
        if earlier is None or self.roster is not earlier.roster:
            return {face.asset_id for face in faces}
        before = earlier.owners
        differ = {faces[i].asset_id for i, who in enumerate(before) if self.owners[i] != who}
        return differ | {face.asset_id for face in faces[len(before) :]}

    def people_in(self, asset: AssetId) -> tuple[PersonId | None, ...]:
        """Return who the faces of a picture are."""
        by_index = {self.roster.faces[i].index: self.owners[i] for i in self.roster.photo_faces[asset]}
        return tuple(by_index.get(i) for i in range(max(by_index) + 1))


def link(found: Roster, before: Looks) -> Linked:
    """Say whom the people of a season are known as, by what was known before it."""
    linking = _Linking(found, before)
    linking.give_back()
    linking.link_groups()
    linking.name_the_others()
    linking.recognise_loose()
    return linking.linked()


class _Linking:
    """One season while it is linked."""

    def __init__(self, found: Roster, before: Looks) -> None:
        self._roster, self._before = found, before
        self._left = {i: group for i, group in enumerate(found.groups) if group.faces}
        self._members: dict[PersonId, list[int]] = {}
        self._photos: dict[PersonId, set[AssetId]] = defaultdict(set)
        self._denied: list[int] = []
        """Faces of groups that were given to somebody whom these are not."""

    def give_back(self) -> None:
        """Give groups to the people whom they were given to before."""
        for index, group in list(self._left.items()):
            if group.person is not None:
                self._give(index, group.person)

    def link_groups(self) -> None:
        """Give groups to the people whom they resemble, the closest pair first."""
        for index, person in self._closest(self._left, self._roster.means):
            if index in self._left and self._may_be(index, person):
                self._give(index, person)

    def name_the_others(self) -> None:
        """Let the groups that resemble nobody be new people."""
        for index in list(self._left):
            self._give(index, self._roster.new_id(index))

    def recognise_loose(self) -> None:
        """Give loose faces to people of before whom they resemble, nobody twice in a picture."""
        left = {*self._roster.loose, *self._denied}
        for face, person in self._closest(left, self._roster.vectors):
            if face in left and self._may_join(face, person):
                left.remove(face)
                self._join(face, person)

    def linked(self) -> Linked:
        """Return what was found."""
        owners: list[PersonId | None] = [None] * len(self._roster.faces)
        for person, members in self._members.items():
            members.sort()
            for face in members:
                owners[face] = person
        return Linked(self._roster, self._before, self._members, owners)

    def _closest(self, of: Iterable[int], vectors: NDArray[np.float32]) -> list[tuple[int, PersonId]]:
        """Return who of these resembles whom of before, the closest pair first."""
        alike = self._before.alike
        pairs = [
            (-similarity, one, position)
            for one in of
            for similarity, position in alike(vectors[one], roster.SAME_PERSON)
        ]
        return [(one, self._before.ids[position]) for _, one, position in sorted(pairs)]

    def _give(self, index: int, person: PersonId) -> None:
        group = self._left.pop(index)
        denied = self._roster.contested.denied(group.faces, person)
        self._denied += denied
        if person not in self._members and not denied:
            self._members[person] = list(group.faces)
            self._photos[person] = set(group.photos)
            return
        for face in group.faces:
            if self._may_join(face, person):
                self._join(face, person)

    def _may_be(self, index: int, person: PersonId) -> bool:
        group = self._left[index]
        denied = self._roster.contested.mostly_denied(group.faces, person)
        return not denied and apart(group.photos, self._photos[person])

    def _may_join(self, face: int, person: PersonId) -> bool:
        its = self._roster.faces[face]
        return its.asset_id not in self._photos[person] and person not in its.never

    def _join(self, face: int, person: PersonId) -> None:
        self._members.setdefault(person, []).append(face)
        self._photos[person].add(self._roster.faces[face].asset_id)


def _highest(values: Sequence[float]) -> list[int]:
    most = max(values)
    return [i for i, value in enumerate(values) if value == most]
