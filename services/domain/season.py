"""The faces of some time, and who is who in it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from services.domain.face_refs import FaceRef
from services.domain.identity import AssetId, PersonId
from services.domain.roster import Roster


class Season:
    """The faces of a stretch of time; what is found in it depends on them alone."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._pictures: dict[AssetId, Sequence[FaceRef]] = {}
        self._last: tuple[object, ...] = ()
        self._roster: Roster | None = None
        self._into: Mapping[PersonId, PersonId] = {}
        """Who turned out to be somebody else when the roster was made."""

    @property
    def pictures(self) -> Iterable[Sequence[FaceRef]]:
        """All faces of each picture."""
        return self._pictures.values()

    def put(self, faces: Sequence[FaceRef]) -> bool:
        """Add all faces of a picture that is not there; tell whether somebody in it was known before.

        They are looked at alone where they are the latest, else with all others again.
        """
        first, known = faces[0], any(face.person for face in faces)
        self._pictures[first.asset_id] = faces
        key = (first.taken, first.asset_id)
        if self._roster and key > self._last and not known:
            self._roster.see(faces)
            self._last = key
        else:
            self._roster = None
        return known

    def remove(self, asset: AssetId) -> Sequence[FaceRef]:
        """Take a picture out, and return its faces."""
        self._roster = None
        return self._pictures.pop(asset)

    def settled(self, into: Mapping[PersonId, PersonId]) -> dict[PersonId, list[FaceRef]]:
        """Return the faces of the people who were known before; nobody is twice in a picture.

        Args:
            into: Who turned out to be somebody else.
        """
        found: dict[PersonId, list[FaceRef]] = defaultdict(list)
        taken: set[tuple[AssetId, PersonId]] = set()
        known = [face for faces in self._in_order() for face in faces if face.person]
        for face in sorted(known, key=lambda face: face.person in into):
            person = into.get(face.person, face.person) if face.person else None
            if person and person not in face.never and (face.asset_id, person) not in taken:
                taken.add((face.asset_id, person))
                found[person].append(face)
        return found

    def roster(self, into: Mapping[PersonId, PersonId]) -> Roster:
        """Return who is who, by these faces alone."""
        if self._roster is None or self._into != into:
            self._roster, self._into = self._looked_through(into), into
        return self._roster

    def _looked_through(self, into: Mapping[PersonId, PersonId]) -> Roster:
        found, settled = Roster(self.width), self.settled(into)
        for person in sorted(settled):
            found.settle(person, settled[person])
        done = {id(face) for faces in settled.values() for face in faces}
        for faces in self._in_order():
            self._last = (faces[0].taken, faces[0].asset_id)
            if left := [face for face in faces if id(face) not in done]:
                found.see(left)
        return found

    def _in_order(self) -> list[Sequence[FaceRef]]:
        return sorted(self._pictures.values(), key=lambda faces: (faces[0].taken, faces[0].asset_id))
