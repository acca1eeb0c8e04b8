"""Who is who in a library that changes: what is found is what all its faces say, however they came.

Faces are grouped season by season, each by its own faces alone (`roster.py`); then the seasons are gone
through in order of time, and the groups of each are linked to the people who are known by then
(`linking.py`). One face more is looked at alone where it is the latest of its season; where it is not, its
season is grouped again; in both cases the seasons from it on are linked again. Nothing compares all faces
with all faces.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.domain.face_refs import FaceRef
from services.domain.facets import Person
from services.domain.identity import AssetId, PersonId
from services.domain.linking import Linked, link
from services.domain.looks import Looks
from services.domain.merges import is_cared_for, survivors, without_merged
from services.domain.portraits import portrait
from services.domain.season import Season, season_of
from services.domain.settled import Settled


@dataclass(frozen=True)
class Grouping:
    """Who faces are, and the people there are."""

    assignments: Mapping[AssetId, tuple[PersonId | None, ...]]
    """For each picture one entry a face; None where nobody is known."""
    people: Mapping[PersonId, Person]


class PeopleIndex:
    """Groups the faces of one owner, and keeps what it found for the next ones.

    Faces that were given to somebody stay with them, or go to whom the owner merged them into; a person
    without a name may turn out to be somebody else and goes up in them. A person without faces left is
    dropped unless the owner named, hid or dated them.
    """

    def __init__(self, people: Mapping[PersonId, Person]) -> None:
        self._known = without_merged(people)
        self._merged = survivors(people)
        self._seasons: dict[int, Season] = {}
        self._season_of: dict[AssetId, int] = {}
        self._linked: dict[int, Linked] = {}
        self._settled: Settled | None = None
        self._who: dict[AssetId, tuple[PersonId | None, ...]] = {}
        self._people: dict[PersonId, Person] = {}

    def change(self, put: Iterable[Sequence[FaceRef]] = (), gone: Iterable[AssetId] = ()) -> Grouping:
        """Add or replace pictures, and take others away.

        Args:
            put: All faces of each picture, with whom they were given to before.
            gone: Pictures, with faces or without.

        Returns:
            Who the faces are of those pictures in which it changed, and everybody.
        """
        touched = {self._remove(asset) for asset in gone if asset in self._season_of}
        for faces in sorted(put, key=lambda faces: (faces[0].taken, faces[0].asset_id)):
            touched |= self._put(faces)
        if self._settled is None:
            self._settled = Settled.of(self._known, list(self._seasons.values()))
            touched |= self._seasons.keys()
            self._told((), self._known)
        return self._link_from(min(touched, default=0), self._settled)

    def _put(self, faces: Sequence[FaceRef]) -> set[int]:
        faces = [replace(face, person=self._given_to(face)) for face in faces]
        asset, key = faces[0].asset_id, season_of(faces[0].taken)
        left = {self._remove(asset)} if asset in self._season_of else set()
        if any(face.person for face in faces):
            self._settled = None
        season = self._seasons.setdefault(key, Season(faces[0].embedding.size))
        season.put(faces)
        self._season_of[asset] = key
        return left | {key}

    def _given_to(self, face: FaceRef) -> PersonId | None:
        person = self._merged.get(face.person, face.person) if face.person else None
        return person if person in self._known else None

    def _remove(self, asset: AssetId) -> int:
        key = self._season_of.pop(asset)
        self._who.pop(asset, None)
        if self._seasons[key].remove(asset):
            self._settled = None
        return key

    def _link_from(self, first: int, settled: Settled) -> Grouping:
        """Link the seasons from one on anew, and say what that changed."""
        photos: set[AssetId] = set()
        people: set[PersonId] = set()
        for key in sorted(self._seasons):
            if key >= first:
                linked = link(self._seasons[key].roster(settled.into), self._looks_before(key, settled))
                earlier = self._linked.pop(key, None)
                people |= linked.unlike(earlier)
                photos |= linked.photos_unlike(earlier)
                self._linked[key] = linked
        return self._told(photos, people)

    def _looks_before(self, key: int, settled: Settled) -> Looks:
        earlier = max((other for other in self._linked if other < key), default=None)
        return settled.looks if earlier is None else self._linked[earlier].after

    def _told(self, photos: Iterable[AssetId], people: Iterable[PersonId]) -> Grouping:
        """Bring pictures and people up to date; return the pictures that changed."""
        changed = {}
        for asset in photos:
            who = self._linked[self._season_of[asset]].people_in(asset)
            if self._who.get(asset) != who:
                self._who[asset] = changed[asset] = who
        for person in people:
            self._portray(person)
        return Grouping(changed, dict(self._people))

    def _portray(self, person: PersonId) -> None:
        before = self._known.get(person, Person())
        parts = [
            self._linked[key].part(person)
            for key in sorted(self._linked)
            if person in self._linked[key].members
        ]
        if parts:
            self._people[person] = portrait(before, parts)
        elif is_cared_for(before):
            self._people[person] = replace(before, face_count=0, cover=None)
        else:
            self._people.pop(person, None)
