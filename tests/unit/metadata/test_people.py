"""The people of a library: shown, named, hidden, merged."""

from __future__ import annotations

from datetime import UTC, date, datetime

import numpy as np
import pytest

from services.domain.errors import InvalidArgument, NotFound
from services.domain.facets import Appearances, Person
from services.domain.identity import AssetId, OwnerId, PersonId
from services.domain.messages import Consumer, MessageType
from services.domain.records import Kind
from services.metadata.people import People, PersonChange, PersonSplit
from tests.stored_library import ANA, BEN, StoredLibrary

AT = datetime(2024, 5, 3, 14, tzinfo=UTC)
LATER = datetime(2024, 6, 3, 14, tzinfo=UTC)
BORN = date(1990, 5, 3)
P1, P2, P3 = PersonId("p1"), PersonId("p2"), PersonId("p3")
LOOK = np.ones(4, np.float32) / 2


@pytest.fixture
async def people(library: StoredLibrary) -> People:
    """Maria is in two photos, Tom in three, one of them with her; nobody knows who else is in one."""
    pictures = {"a": (P1,), "b": (P2, P1), "c": (P2,), "d": (None, P2)}
    for id_, who in pictures.items():
        await library.add(id_, AT, Appearances(who), who=("somebody",) * len(who))
    await library.name(P1, Person("Maria", BORN, centroids=(LOOK,), face_count=2, last_seen=AT))
    await library.name(P2, Person(centroids=(-LOOK,), face_count=3, last_seen=LATER, merged=(P3,)))
    return People(library.catalog, library.clock)


async def stored(library: StoredLibrary, person: str) -> Person:
    return (await library.catalog.get(ANA, Kind.PERSON, person)).require(Person)


async def who(library: StoredLibrary, asset: str) -> tuple[str | None, ...]:
    return (await library.catalog.get(ANA, Kind.ASSET, asset)).require(Appearances).people


async def test_everybody_is_shown_the_most_frequent_first(people: People) -> None:
    shown = await people.everybody(ANA)
    assert [(view.id, view.person.name) for view in shown] == [(P2, ""), (P1, "Maria")]
    assert [sorted(face.asset_id for face in view.faces) for view in shown] == [["b", "c", "d"], ["a", "b"]]
    assert await people.everybody(BEN) == []


async def test_whoever_is_in_more_pictures_than_anybody_else_is_presumably_the_owner(
    library: StoredLibrary, people: People
) -> None:
    assert [(view.id, view.you) for view in await people.everybody(ANA)] == [(P2, True), (P1, False)]
    await library.add("e", AT, Appearances((P1,)), who=("somebody",))
    assert not any(view.you for view in await people.everybody(ANA))
    assert not any(view.you for view in await people.everybody(BEN))


async def test_somebody_in_a_few_pictures_is_not_taken_for_the_owner(library: StoredLibrary) -> None:
    for id_ in "ab":
        await library.add(id_, AT, Appearances((P1,)), who=("somebody",))
    await library.name(P1, Person("Maria"))
    (maria,) = await People(library.catalog, library.clock).everybody(ANA)
    assert (maria.pictures, maria.you) == (2, False)


async def test_faces_that_nobody_is_told_apart_in_are_not_shown(
    library: StoredLibrary, people: People
) -> None:
    await library.name("p4", Person("Eve"))
    assert [(view.id, view.faces) for view in await people.everybody(ANA)][-1] == ("p4", ())


@pytest.mark.parametrize(
    ("change", "name", "birthday", "hidden"),
    [
        (PersonChange(), "Maria", BORN, False),
        (PersonChange(name="  Maria Silva "), "Maria Silva", BORN, False),
        (PersonChange(name=""), "", BORN, False),
        (PersonChange(birthday=date(1991, 1, 1)), "Maria", date(1991, 1, 1), False),
        (PersonChange(forget_birthday=True), "Maria", None, False),
        (PersonChange(hidden=True), "Maria", BORN, True),
    ],
)
async def test_a_change_leaves_the_rest_as_it_is(
    library: StoredLibrary,
    people: People,
    change: PersonChange,
    name: str,
    birthday: date | None,
    hidden: bool,
) -> None:
    view = await people.update(ANA, P1, change)
    person = await stored(library, P1)
    assert (person.name, person.birthday, person.hidden) == (name, birthday, hidden)
    assert (view.person.name, len(view.faces)) == (name, 2)
    assert np.allclose(person.centroids[0], LOOK, atol=2e-3)
    assert await library.audited() == ["person_changed"]
    assert await library.heard(Consumer.SCHEDULER) == [(MessageType.LIBRARY_CHANGED, P1)]


async def test_merged_people_are_one_everywhere(library: StoredLibrary, people: People) -> None:
    view = await people.merge(ANA, [P2, P1])
    assert (view.id, view.person.name, view.person.birthday) == (P2, "Maria", BORN)
    assert sorted(face.asset_id for face in view.faces) == ["a", "b", "b", "c", "d"]
    kept = await stored(library, P2)
    assert kept.merged == (P3, P1)
    assert (kept.face_count, kept.last_seen, len(kept.centroids)) == (5, LATER, 2)
    assert await library.states(Kind.PERSON) == {P2: ""}
    assert [await who(library, asset) for asset in "abcd"] == [(P2,), (P2, P2), (P2,), (None, P2)]
    assert await library.heard(Consumer.SCHEDULER) == [(MessageType.LIBRARY_CHANGED, P2)]


async def test_the_first_keeps_its_own_name(library: StoredLibrary, people: People) -> None:
    await library.name(P2, Person("Tom", date(1980, 1, 1), merged=(P3,)))
    person = (await people.merge(ANA, [P1, P2, P2])).person
    assert (person.name, person.birthday, person.merged) == ("Maria", BORN, (P2, P3))


async def test_whoever_joins_a_hidden_person_is_hidden(library: StoredLibrary, people: People) -> None:
    await people.update(ANA, P1, PersonChange(hidden=True))
    assert (await people.merge(ANA, [P2, P1])).person.hidden


@pytest.mark.parametrize("named", [[], [P1], [P1, P1]])
async def test_merging_takes_two_people(
    library: StoredLibrary, people: People, named: list[PersonId]
) -> None:
    with pytest.raises(InvalidArgument, match="at least two"):
        await people.merge(ANA, named)
    assert await library.audited() == []


@pytest.mark.parametrize(("owner", "named"), [(ANA, [P1, PersonId("no such")]), (BEN, [P1, P2])])
async def test_merging_with_nobody_changes_nothing(
    library: StoredLibrary, people: People, owner: OwnerId, named: list[PersonId]
) -> None:
    with pytest.raises(NotFound, match="there is no person"):
        await people.merge(owner, named)
    assert await library.states(Kind.PERSON) == {P1: "", P2: ""}
    assert await who(library, "b") == (P2, P1)


async def test_somebody_elses_people_cannot_be_changed(library: StoredLibrary, people: People) -> None:
    with pytest.raises(NotFound, match="there is no person p1"):
        await people.update(BEN, P1, PersonChange(name="Eve"))
    assert (await stored(library, P1)).name == "Maria"


A, B, C, D = map(AssetId, "abcd")


async def test_a_wrong_face_is_taken_from_a_person_for_good(library: StoredLibrary, people: People) -> None:
    view, other = await people.split(ANA, PersonSplit(P2, (B, D, B)))
    assert (other, [face.asset_id for face in view.faces]) == (None, ["c"])
    assert [await who(library, asset) for asset in "abcd"] == [(P1,), (None, P1), (P2,), (None, None)]
    assert (await stored(library, P2)).denied == (("b", 0), ("d", 1))
    assert await library.audited() == ["person_changed"]
    assert await library.heard(Consumer.SCHEDULER) == [(MessageType.LIBRARY_CHANGED, P2)]


async def test_faces_that_are_one_other_person_become_that_person(
    library: StoredLibrary, people: People
) -> None:
    view, other = await people.split(ANA, PersonSplit(P2, (C, D), one_person=True))
    assert other is not None
    assert ([face.asset_id for face in view.faces], len(other.faces)) == (["b"], 2)
    assert [await who(library, asset) for asset in "cd"] == [(other.id,), (None, other.id)]
    again = (await people.split(ANA, PersonSplit(other.id, (C,), one_person=True)))[1]
    assert again is not None
    assert again.id not in (P2, other.id)


async def test_faces_may_be_somebody_who_is_known_and_what_was_said_last_holds(
    library: StoredLibrary, people: People
) -> None:
    await people.split(ANA, PersonSplit(P2, (C,), other=P1))
    assert await who(library, "c") == (P1,)
    await people.split(ANA, PersonSplit(P1, (C,), other=P2))
    assert await who(library, "c") == (P2,)
    assert ((await stored(library, P1)).denied, (await stored(library, P2)).denied) == (((C, 0),), ())


async def test_merging_ends_what_told_two_people_apart(library: StoredLibrary, people: People) -> None:
    await people.split(ANA, PersonSplit(P2, (C,), other=P1))
    await people.split(ANA, PersonSplit(P2, (D,)))
    await people.merge(ANA, [P1, P2])
    assert (await stored(library, P1)).denied == ((D, 1),)


@pytest.mark.parametrize(
    ("split", "said"),
    [
        (PersonSplit(P2, ()), "1 to 1000 assets; 0 were named"),
        (PersonSplit(P2, (C, A)), "person p2 was not found in asset a"),
        (PersonSplit(P2, (C, B), other=P1), "person p1 is in asset b already"),
        (PersonSplit(P2, (C,), other=P2), "name another person"),
    ],
)
async def test_a_split_that_means_nothing_changes_nothing(
    library: StoredLibrary, people: People, split: PersonSplit, said: str
) -> None:
    with pytest.raises(InvalidArgument, match=said):
        await people.split(ANA, split)
    assert (await who(library, "c"), (await stored(library, P2)).denied) == ((P2,), ())
    assert await library.audited() == []


@pytest.mark.parametrize(
    ("owner", "split"),
    [
        (ANA, PersonSplit(PersonId("no such"), (C,))),
        (ANA, PersonSplit(P2, (AssetId("no such"),))),
        (ANA, PersonSplit(P2, (C,), other=PersonId("no such"))),
        (BEN, PersonSplit(P2, (C,))),
    ],
)
async def test_what_is_not_there_cannot_be_told_apart(
    library: StoredLibrary, people: People, owner: OwnerId, split: PersonSplit
) -> None:
    with pytest.raises(NotFound):
        await people.split(owner, split)
    assert (await who(library, "c"), await library.audited()) == ((P2,), [])
