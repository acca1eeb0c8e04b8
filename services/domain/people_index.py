"""Who is who in a library that changes: what is found is what all its faces say, however they came.

Faces are grouped season by season, each by its own faces alone (`roster.py`); then the seasons are gone
through in order of time, and the groups of each are linked to the people who are known by then
(`linking.py`). One face more is looked at alone where it is the latest of its season; where it is not, its
season is grouped again; in both cases the seasons from it on are linked again. Nothing compares all faces
with all faces.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from services.domain.face_refs import FaceRef
from services.domain.facets import Person
from services.domain.identity import AssetId, PersonId
from services.domain.linking import Linked, link
from services.domain.looks import Looks
from services.domain.merges import denials, is_cared_for, survivors, without_merged
from services.domain.portraits import portrait
from services.domain.season import Season
from services.domain.season_calendar import SeasonCalendar, Term
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
    without a name may turn out to be somebody else and goes up in them. A face is never whom the owner said
    that it is not. A person without faces left is dropped unless the owner decided anything about them.
    """

    def __init__(self, people: Mapping[PersonId, Person]) -> None:
        self._known = without_merged(people)
        self._merged = survivors(people)
        self._never = denials(people)
        self._calendar = SeasonCalendar()
        self._seasons: dict[Term, Season] = {}
        self._term_of: dict[AssetId, Term] = {}
        self._linked: dict[Term, Linked] = {}
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
        coming = {faces[0].asset_id: [self._known_as(face) for face in faces] for faces in put}
        touched = {self._remove(asset) for asset in {*gone, *coming} if asset in self._term_of}
        for faces in coming.values():
            self._calendar.count(faces[0].taken, len(faces))
        moving, unsure = self._dissolved(self._calendar.cut())
        arriving = sorted([*coming.values(), *moving], key=lambda faces: (faces[0].taken, faces[0].asset_id))
        touched |= {self._put(faces) for faces in arriving}
        if self._settled is None:
            touched |= self._seasons.keys()
            unsure |= self._known.keys()
        if self._settled is None and self._seasons:
            self._settled = Settled.of(self._known, list(self._seasons.values()))
        return self._linked_from(min(touched, default=None), unsure)

    def who(self, asset: AssetId) -> tuple[PersonId | None, ...]:
        """Return who the faces of a picture are; nothing for one without faces."""
        return self._who.get(asset, ())

    def _known_as(self, face: FaceRef) -> FaceRef:
        person = self._merged.get(face.person, face.person) if face.person else None
        never = self._never.get((face.asset_id, face.index), frozenset())
        return replace(face, person=person if person in self._known else None, never=never)

    def _put(self, faces: Sequence[FaceRef]) -> Term:
        term = self._calendar.term_of(faces[0].taken)
        if term not in self._seasons:
            self._seasons[term] = Season(faces[0].embedding.size)
        if self._seasons[term].put(faces):
            self._settled = None
        self._term_of[faces[0].asset_id] = term
        return term

    def _remove(self, asset: AssetId) -> Term:
        term = self._term_of.pop(asset)
        self._who.pop(asset, None)
        faces = self._seasons[term].remove(asset)
        self._calendar.count(faces[0].taken, -len(faces))
        if any(face.person for face in faces):
            self._settled = None
        return term

    def _dissolved(self, terms: Container[Term]) -> tuple[list[Sequence[FaceRef]], set[PersonId]]:
        """Dissolve the seasons that are cut otherwise now; return their pictures and their people."""
        pictures: list[Sequence[FaceRef]] = []
        people: set[PersonId] = set()
        for term in [term for term in self._seasons if term not in terms]:
            pictures += self._seasons.pop(term).pictures
            people |= self._linked.pop(term).members.keys()
        return pictures, people

    def _linked_from(self, first: Term | None, unsure: Iterable[PersonId]) -> Grouping:
        """Link the seasons from one on anew, or none; say what that changed, these people looked at too."""
        photos: set[AssetId] = set()
        people = set(unsure)
        settled = self._settled
        for term in sorted(self._seasons):
            if settled and first is not None and term >= first:
                linked = link(self._seasons[term].roster(settled.into), self._looks_before(term, settled))
                earlier = self._linked.pop(term, None)
                people |= linked.unlike(earlier)
                photos |= linked.photos_unlike(earlier)
                self._linked[term] = linked
        return self._told(photos, people)

    def _looks_before(self, term: Term, settled: Settled) -> Looks:
        earlier = max((other for other in self._linked if other < term), default=None)
        return settled.looks if earlier is None else self._linked[earlier].after

    def _told(self, photos: Iterable[AssetId], people: Iterable[PersonId]) -> Grouping:
        """Bring pictures and people up to date; return the pictures that changed."""
        changed = {}
        for asset in photos:
            who = self._linked[self._term_of[asset]].people_in(asset)
            if self._who.get(asset) != who:
                self._who[asset] = changed[asset] = who
        for person in people:
            self._portray(person)
        return Grouping(changed, dict(self._people))

    def _portray(self, person: PersonId) -> None:
        before = self._known.get(person, Person())
        parts = [
            self._linked[term].part(person)
            for term in sorted(self._linked)
            if person in self._linked[term].members
        ]
        if parts:
            self._people[person] = portrait(before, parts)
        elif is_cared_for(before):
            self._people[person] = replace(before, face_count=0, cover=None)
        else:
            self._people.pop(person, None)
