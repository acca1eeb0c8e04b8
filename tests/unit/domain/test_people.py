from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from services.domain.facets import Person
from services.domain.identity import AssetId, PersonId
from services.domain.linkage import average_linkage
from services.domain.people import FaceRef, Grouping, group
from services.domain.roster import FOUNDING_MARGIN, SAME_PERSON
from tests.quality.appearance import Looks

START = datetime(2024, 1, 1, tzinfo=UTC)
NAMES = ("Ana", "Ben", "Clara")


def camera(seed: int = 1) -> Looks:
    return Looks(np.random.default_rng(seed), NAMES)


def take(looks: Looks, *pictures: Sequence[str], first: int = 0, quality: float = 0.9) -> list[FaceRef]:
    """Take one picture a day; every name is a face in it."""
    return [
        FaceRef(AssetId(f"p{n:03d}"), k, looks.shoot(name, quality), quality, START + timedelta(days=n))
        for n, names in enumerate(pictures, start=first)
        for k, name in enumerate(names)
    ]


def found(grouping: Grouping, face: FaceRef) -> PersonId | None:
    return grouping.assignments[face.asset_id][face.index]


def test_faces_of_one_person_become_one_person_and_others_stay_apart() -> None:
    faces = take(camera(), ["Ana"], ["Ben", "Ana"], ["Ana"], ["Ben"], ["Ana", "Ben"])
    grouping = group(faces, {})
    assert len(grouping.people) == 2
    ana, ben = found(grouping, faces[0]), found(grouping, faces[1])
    assert [found(grouping, face) for face in faces] == [ana, ben, ana, ana, ben, ana, ben]


def test_somebody_seen_once_is_nobody() -> None:
    faces = take(camera(), ["Ana"], ["Ana"], ["Ben"])
    assert found(group(faces, {}), faces[2]) is None


def test_two_faces_found_a_person_only_if_they_are_more_alike_than_many_need_to_be() -> None:
    faces = take(camera(), ["Ana"], ["Ana"], ["Ana"])
    angle = float(np.arccos(SAME_PERSON + FOUNDING_MARGIN / 2))
    a, b = np.eye(128, dtype=np.float32)[:2]
    near = (np.cos(angle) * a + np.sin(angle) * b).astype(np.float32)
    pair = [replace(faces[0], embedding=a), replace(faces[1], embedding=near)]
    assert group(pair, {}).people == {}
    assert (
        len(group([*pair, replace(faces[2], embedding=(a + near) / np.linalg.norm(a + near))], {}).people)
        == 1
    )


def test_a_burst_makes_nobody_a_person() -> None:
    burst = [replace(face, taken=START) for face in take(camera(), *[["Ana"]] * 5)]
    assert group(burst, {}).people == {}


def test_two_faces_of_one_picture_are_never_one_person() -> None:
    looks = camera()
    twins = [face for n in range(6) for face in take(looks, ["Ana", "Ana"], first=n)]
    grouping = group(twins, {})
    assert grouping.people
    for people in grouping.assignments.values():
        known = [person for person in people if person]
        assert len(set(known)) == len(known)


def test_poor_faces_found_nobody_but_may_join() -> None:
    looks = camera()
    poor = take(looks, ["Ana"], ["Ana"], ["Ana"], quality=0.1)
    assert group(poor, {}).people == {}
    looks = camera()
    sharp = take(looks, ["Ana"], ["Ana"], ["Ana"])
    blurred = replace(take(looks, ["Ana"], first=5)[0], quality=0.1)
    grouping = group([*sharp, blurred], {})
    assert found(grouping, blurred) == found(grouping, sharp[0])


def test_ids_stay_when_pictures_come_one_batch_after_another() -> None:
    looks = camera()
    first = take(looks, ["Ana"], ["Ana", "Ben"], ["Ben"], ["Ana", "Ben"])
    before = group(first, {})
    known = [replace(face, person=found(before, face)) for face in first]
    more = take(looks, ["Ana"], ["Ben"], ["Clara"], ["Clara"], ["Clara"], first=10)
    after = group([*known, *more], before.people)
    assert before.people.keys() < after.people.keys()
    assert [found(after, f) for f in first] == [found(before, f) for f in first]
    assert found(after, more[0]) == found(before, first[0])
    assert after.people[found(before, first[0]) or PersonId("")].face_count == 4


def test_a_merge_by_the_owner_stands_and_new_faces_of_both_follow() -> None:
    looks = camera()
    first = take(looks, *[["Ana"]] * 6, *[["Ben"]] * 6)
    before = group(first, {})
    ana, ben = found(before, first[0]), found(before, first[-1])
    assert ana
    assert ben
    merged = replace(
        before.people[ana],
        name="Ana",
        merged=(ben,),
        centroids=before.people[ana].centroids + before.people[ben].centroids,
    )
    known = [replace(face, person=found(before, face)) for face in first]
    more = take(looks, ["Ben"], ["Ana"], first=30)
    after = group([*known, *more], {ana: merged, ben: before.people[ben]})
    assert after.people.keys() == {ana}
    assert {found(after, face) for face in [*first, *more]} == {ana}
    assert after.people[ana].name == "Ana"


def test_two_unnamed_people_who_turn_out_to_be_one_are_joined_and_named_ones_never() -> None:
    looks = camera()
    faces = take(looks, *[["Ana"]] * 12)
    split = [replace(face, person=PersonId("one" if n % 2 else "two")) for n, face in enumerate(faces)]
    unnamed = {PersonId("one"): Person(), PersonId("two"): Person()}
    named = {PersonId("one"): Person(name="Ana"), PersonId("two"): Person(name="Anna")}
    more = take(looks, ["Ana"], first=20)
    assert len(group([*split, *more], unnamed).people) == 1
    assert group([*split, *more], named).people.keys() == named.keys()


def test_a_person_without_pictures_stays_only_if_the_owner_cares() -> None:
    looks = camera()
    faces = take(looks, ["Ana"], ["Ana"], ["Ana"])
    people = group(faces, {}).people
    (id_, person) = next(iter(people.items()))
    assert group([], people).people == {}
    named = {id_: replace(person, name="Ana", birthday=date(1990, 1, 1))}
    gone = group([], named).people
    assert (gone[id_].name, gone[id_].face_count) == ("Ana", 0)
    again = take(looks, ["Ana"], first=40)
    assert found(group(again, gone), again[0]) == id_


def test_hidden_people_go_on_being_recognised() -> None:
    looks = camera()
    faces = take(looks, ["Ana"], ["Ana"], ["Ana"])
    people = {id_: replace(p, hidden=True) for id_, p in group(faces, {}).people.items()}
    again = group(take(looks, ["Ana"], first=9), people)
    assert again.assignments[AssetId("p009")] == tuple(people)
    assert all(person.hidden for person in again.people.values())


def test_the_portrait_of_a_person_is_their_best_face_and_last_day() -> None:
    looks = camera()
    faces = take(looks, ["Ana"], ["Ana"], ["Ana"])
    faces[1] = replace(faces[1], quality=0.99)
    (person,) = group(faces, {}).people.values()
    assert person.cover == (faces[1].asset_id, 0)
    assert person.last_seen == faces[2].taken
    assert all(abs(float(np.linalg.norm(c)) - 1) < 1e-5 for c in person.centroids)


@settings(deadline=None, max_examples=50)
@given(st.permutations(range(12)))
def test_the_order_of_faces_does_not_matter(order: list[int]) -> None:
    faces = take(camera(), *[[NAMES[n % 3]] for n in range(12)])
    shuffled = group([faces[i] for i in order], {})
    assert shuffled.assignments == group(faces, {}).assignments


@settings(deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 25), st.floats(-0.5, 0.9))
def test_linkage_never_joins_a_group_with_itself_and_loses_nobody(
    seed: int, n: int, threshold: float
) -> None:
    rng = np.random.default_rng(seed)
    vectors = rng.normal(size=(n, 4)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    groups = rng.integers(0, 8, n)
    clusters = average_linkage(vectors, groups, threshold)
    assert sorted(i for cluster in clusters for i in cluster.tolist()) == list(range(n))
    assert all(len(set(groups[c].tolist())) == c.size for c in clusters)


def test_linkage_joins_by_the_mean_and_not_by_the_closest_pair() -> None:
    angles = np.radians([0.0, 20.0, 40.0, 60.0, 80.0, 100.0])
    chain = np.column_stack([np.cos(angles), np.sin(angles)]).astype(np.float32)
    clusters = average_linkage(chain, np.arange(6), float(np.cos(np.radians(30))))
    assert max(cluster.size for cluster in clusters) == 2


def test_nothing_to_group() -> None:
    assert group([], {}) == Grouping({}, {})


def test_named_people_keep_what_the_owner_said() -> None:
    looks = camera()
    faces = take(looks, ["Ana"], ["Ana"], ["Ana"])
    (id_,) = group(faces, {}).people
    known = [replace(face, person=id_) for face in faces]
    after = group(known, {id_: Person(name="Ana", birthday=date(1990, 5, 4))})
    assert (after.people[id_].name, after.people[id_].birthday) == ("Ana", date(1990, 5, 4))


def test_somebody_whom_the_owner_told_apart_stays_apart_as_more_of_both_come() -> None:
    looks = camera()
    twins = take(looks, *[["Ana"]] * 12)
    (ana,) = group(twins, {}).people
    sister = PersonId("sister")
    hers = twins[6:]
    people = {ana: Person(denied=tuple((face.asset_id, 0) for face in hers)), sister: Person()}
    known = [replace(face, person=sister if face in hers else ana) for face in twins]
    more = take(looks, *[["Ana"]] * 6, first=400)
    after = group([*known, *more], people)
    assert {found(after, face) for face in twins[:6]} == {ana}
    assert {found(after, face) for face in hers} == {sister}
    assert {found(after, face) for face in more} <= {ana, sister}


def test_a_wrong_face_is_nobody_and_those_like_it_are_somebody_new() -> None:
    faces = take(camera(), *[["Ana"]] * 8)
    (ana,) = group(faces, {}).people
    people = {ana: Person(name="Ana", denied=((faces[0].asset_id, 0),))}
    known = [replace(face, person=ana) for face in faces]
    after = group(known, people)
    assert found(after, faces[0]) is None
    assert {found(after, face) for face in faces[1:]} == {ana}
    denied = tuple((face.asset_id, 0) for face in faces[:4])
    after = group(known, {ana: Person(name="Ana", denied=denied)})
    others = {found(after, face) for face in faces[:4]}
    assert len(others) == 1
    assert others.isdisjoint({ana, None})


def test_one_wrong_face_does_not_keep_a_group_from_whom_it_resembles() -> None:
    looks = camera()
    faces = take(looks, *[["Ana"]] * 8)
    (ana,) = group(faces, {}).people
    known = [replace(face, person=ana) for face in faces]
    later = take(looks, *[["Ana"]] * 8, first=9000)
    people = {ana: Person(denied=((later[2].asset_id, 0),))}
    after = group([*known, *later], people)
    assert [found(after, face) == ana for face in later] == [True, True, False, *[True] * 5]


def test_what_was_said_of_a_person_is_said_of_whoever_they_become() -> None:
    faces = take(camera(), *[["Ana"]] * 4)
    (ana,) = group(faces, {}).people
    people = {
        ana: Person(denied=((faces[0].asset_id, 0),)),
        PersonId("anna"): Person(name="Anna", merged=(ana,)),
    }
    after = group([replace(face, person=ana) for face in faces], people)
    assert [found(after, face) for face in faces] == [None, *["anna"] * 3]
