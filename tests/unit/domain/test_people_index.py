"""Faces that come one by one, late, again or not at all are grouped as if all had come at once."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import cache
from random import Random
from unittest.mock import patch

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain import season_calendar
from services.domain.face_refs import FaceRef, face_refs
from services.domain.facets import Person
from services.domain.identity import AssetId, PersonId
from services.domain.people import Grouping, PeopleIndex, group
from services.domain.roster import SAME_PERSON
from services.domain.season_calendar import SeasonCalendar
from tests.quality.appearance import Looks
from tests.quality.simulator import simulate

Pictures = Mapping[AssetId, Sequence[FaceRef]]
Who = dict[AssetId, tuple[PersonId | None, ...]]


@cache
def pictures() -> Pictures:
    """Some hundred pictures of two years with faces of a family and of passers-by, nobody known."""
    library = simulate(years=2.0, seed=3, activity=0.3).library
    found: dict[AssetId, list[FaceRef]] = defaultdict(list)
    for face in face_refs(replace(asset, people=()) for asset in library.assets):
        found[face.asset_id].append(face)
    return found


def at_once(there: Pictures, people: Mapping[PersonId, Person]) -> Grouping:
    return group((face for faces in there.values() for face in faces), people)


def described(people: Mapping[PersonId, Person]) -> dict[PersonId, tuple[object, ...]]:
    """Return people in a form that compares."""
    return {
        id_: (replace(person, centroids=()), [vector.tobytes() for vector in person.centroids])
        for id_, person in people.items()
    }


class Follower:
    """Notes what an index says has changed."""

    def __init__(self, people: Mapping[PersonId, Person]) -> None:
        self.index = PeopleIndex(people)
        self.there: dict[AssetId, Sequence[FaceRef]] = {}
        self.who: Who = {}
        self.people: Mapping[PersonId, Person] = {}

    def change(self, put: Iterable[Sequence[FaceRef]] = (), gone: Iterable[AssetId] = ()) -> None:
        put, gone = list(put), list(gone)
        told = self.index.change(put, gone)
        for asset in gone:
            self.there.pop(asset, None)
            self.who.pop(asset, None)
        self.there |= {faces[0].asset_id: faces for faces in put}
        self.who |= told.assignments
        self.people = told.people

    def agrees(self, people: Mapping[PersonId, Person]) -> bool:
        whole = at_once(self.there, people)
        return self.who == whole.assignments and described(self.people) == described(whole.people)


def test_pictures_that_come_one_by_one_in_any_order_are_grouped_as_if_all_had_come_at_once() -> None:
    shuffled = Random(7).sample(list(pictures().values()), 200)
    follower = Follower({})
    for n, faces in enumerate(shuffled):
        follower.change([faces])
        if n % 25 == 0:
            assert follower.agrees({})
    assert follower.agrees({})
    assert len(follower.people) >= 4


@settings(deadline=None, max_examples=40)
@given(
    st.integers(0, 2**16),
    st.lists(st.integers(0, 3), min_size=1, max_size=5),
    st.booleans(),
    st.sampled_from([120, season_calendar.LARGEST]),
)
def test_any_changes_lead_to_the_grouping_of_what_they_leave(
    start: int, changes: list[int], known: bool, largest: int
) -> None:
    with patch.object(season_calendar, "LARGEST", largest):
        change_and_compare(Random(start), changes, known)


def change_and_compare(random: Random, changes: list[int], known: bool) -> None:
    there = dict(random.sample(sorted(pictures().items()), 200))
    people: Mapping[PersonId, Person] = {}
    if known:
        there, people = settled(there, random)
    away = [faces for asset, faces in sorted(pictures().items()) if asset not in there]
    follower = Follower(people)
    follower.change(there.values())
    for change in changes:
        some = random.sample(sorted(follower.there), 3)
        coming = random.sample(away, 1 + 20 * (change == 3))
        if change == 1:
            coming = [[replace(f, taken=f.taken + timedelta(days=200)) for f in follower.there[some[0]]]]
        follower.change(coming, some[1:] if change == 2 else ())
        assert follower.agrees(people)


def settled(
    there: Pictures, random: Random
) -> tuple[dict[AssetId, Sequence[FaceRef]], Mapping[PersonId, Person]]:
    """Return the pictures with what an earlier grouping of half of them found, some named."""
    half = dict(random.sample(sorted(there.items()), len(there) // 2))
    before = at_once(half, {})
    named = {
        id_: replace(person, name="Somebody" if random.random() < 0.5 else "")
        for id_, person in before.people.items()
    }
    given = {
        asset: [replace(face, person=before.assignments[asset][face.index]) for face in faces]
        for asset, faces in half.items()
    }
    return {**there, **given}, named


def test_who_is_known_stays_known_through_the_seasons_and_years() -> None:
    looks = Looks(np.random.default_rng(2), ("Ana", "Ben"))
    first = datetime(2010, 1, 1, tzinfo=UTC)
    faces = [
        FaceRef(AssetId(f"{name}{n:03d}"), 0, looks.shoot(name, 0.9), 0.9, first + timedelta(days=20 * n))
        for n in range(200)
        for name in ("Ana", "Ben")
    ]
    grouping = group(faces, {})
    assert len(grouping.people) == 2
    assert sum(person.face_count for person in grouping.people.values()) >= 0.97 * len(faces)


def test_a_child_is_one_person_from_year_to_year_though_first_and_last_look_like_strangers() -> None:
    looks = Looks(np.random.default_rng(4), ("baby", "grown up", "Ana"))
    first, years = datetime(2005, 1, 1, tzinfo=UTC), 18.0
    faces = []
    for n in range(int(years * 26)):
        age = n / 26 / years
        child = (1 - age) * looks.shoot("baby", 0.9) + age * looks.shoot("grown up", 0.9)
        vectors = child / np.linalg.norm(child), looks.shoot("Ana", 0.9)
        taken = first + timedelta(days=14 * n)
        faces += [FaceRef(AssetId(f"p{n:04d}"), i, v, 0.9, taken) for i, v in enumerate(vectors)]
    assert float(faces[0].embedding @ faces[-2].embedding) < SAME_PERSON - 0.03
    follower = Follower({})
    for pair in zip(faces[::2], faces[1::2], strict=True):
        follower.change([pair])
    child_ids = [follower.who[face.asset_id][0] for face in faces[::2]]
    (most,) = {id_ for id_ in child_ids if child_ids.count(id_) > 0.95 * len(child_ids)}
    assert most not in {ids[1] for ids in follower.who.values()}


def test_what_changes_nothing_says_so() -> None:
    index = PeopleIndex({})
    index.change(pictures().values())
    assert index.change().assignments == {}
    latest = max(pictures().values(), key=lambda faces: faces[0].taken)
    assert index.change([latest]).assignments.keys() <= {latest[0].asset_id}


def test_a_picture_without_faces_links_no_season_anew() -> None:
    index = PeopleIndex({})
    index.change(pictures().values())
    with patch("services.domain.people_index.link", side_effect=AssertionError("linked")):
        assert index.change((), [AssetId("of a landscape")]).assignments == {}


def test_seasons_are_cut_in_halves_while_they_hold_too_many_faces() -> None:
    calendar = SeasonCalendar()
    old, new = datetime(2020, 5, 1, tzinfo=UTC), datetime(2021, 5, 1, tzinfo=UTC)
    calendar.count(old, season_calendar.LARGEST)
    (term,) = calendar.cut()
    assert (term.length, calendar.term_of(new)) == (season_calendar.LONGEST, term)
    calendar.count(new, 1)
    halves = calendar.cut()
    assert {calendar.term_of(old), calendar.term_of(new)} == halves
    assert len(halves) == 2
    calendar.count(new, -1)
    assert calendar.cut() == {term}


def test_faces_may_come_to_an_index_that_had_none_and_lose_them_again() -> None:
    first, *others = list(pictures().values())[:40]
    follower = Follower({})
    follower.change()
    follower.change([first, *others])
    assert follower.agrees({})
    follower.change(gone=[faces[0].asset_id for faces in (first, *others)])
    assert follower.people == {}
    follower.change([first])
    assert follower.agrees({})


def test_named_people_of_whom_no_face_is_there_yet_are_recognised_when_one_comes() -> None:
    half, people = settled(pictures(), Random(3))
    named = {id_: person for id_, person in people.items() if person.name}
    follower = Follower(named)
    follower.change()
    assert follower.people.keys() == named.keys()
    follower.change([[replace(face, person=None) for face in faces] for faces in half.values()])
    assert named.keys() <= {id_ for who in follower.who.values() for id_ in who}


@settings(deadline=None, max_examples=30)
@given(st.integers(0, 2**16), st.sampled_from([120, season_calendar.LARGEST]))
def test_a_face_is_never_whom_the_owner_said_it_is_not_however_pictures_come(
    start: int, largest: int
) -> None:
    random = Random(start)
    with patch.object(season_calendar, "LARGEST", largest):
        there, people = settled(dict(random.sample(sorted(pictures().items()), 200)), random)
        people = {id_: told_apart(id_, person, there, random) for id_, person in people.items()}
        follower = Follower(people)
        coming = random.sample(sorted(there.values(), key=lambda faces: faces[0].asset_id), len(there))
        for first in range(0, len(coming), 50):
            follower.change(coming[first : first + 50])
        again = [faces for faces in coming if random.random() < 0.1]
        follower.change([[replace(face, person=None) for face in faces] for faces in again])
        assert follower.agrees(people)
        assert not denied_faces(follower.who, follower.people)
        restarted = Follower(follower.people)
        restarted.change(stored(faces, follower.who) for faces in follower.there.values())
        assert not denied_faces(restarted.who, restarted.people)
        assert restarted.people.keys() >= {id_ for id_, person in people.items() if person.denied}


def told_apart(id_: PersonId, person: Person, there: Pictures, random: Random) -> Person:
    """Let the owner say of some faces, a person's own and others', that they are not that person."""
    faces = [face for faces in there.values() for face in faces]
    said = [f for f in faces if random.random() < (0.3 if f.person == id_ else 0.02)]
    return replace(person, denied=tuple(sorted((face.asset_id, face.index) for face in said)))


def denied_faces(who: Who, people: Mapping[PersonId, Person]) -> list[tuple[AssetId, int]]:
    """Return the faces that were given to somebody whom they are not."""
    told = {id_: set(person.denied) for id_, person in people.items()}
    return [
        (asset, i)
        for asset, ids in who.items()
        for i, id_ in enumerate(ids)
        if id_ and (asset, i) in told[id_]
    ]


def stored(faces: Sequence[FaceRef], who: Who) -> list[FaceRef]:
    return [replace(face, person=who[face.asset_id][face.index]) for face in faces]
