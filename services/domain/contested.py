"""The faces of which the owner said who they are not; few, if any."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from services.domain.face_refs import FaceRef
from services.domain.identity import PersonId


class ContestedFaces:
    """Such faces, known by their numbers. Where there are none, asking costs nothing."""

    def __init__(self) -> None:
        self._never: dict[int, frozenset[PersonId]] = {}

    def note(self, number: int, face: FaceRef) -> None:
        """Remember a face if the owner said anything of it."""
        if face.never:
            self._never[number] = face.never

    def denied(self, faces: Iterable[int], person: PersonId | None) -> list[int]:
        """Return which of these faces are not a person."""
        if not self._never:
            return []
        return [face for face in faces if person in self._never.get(face, ())]

    def mostly_denied(self, faces: Collection[int], person: PersonId | None) -> bool:
        """Tell whether faces that belong together are not a person, the odd wrong one aside."""
        return 2 * len(self.denied(faces, person)) >= max(len(faces), 1)
