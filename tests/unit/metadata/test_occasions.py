"""The days that an owner declares: kept, refused, erased with what they rest on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from services.domain.consent import Scope
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.errors import ConsentRequired, InvalidArgument, NotFound, QuotaExceeded
from services.domain.facets import Person
from services.domain.identity import OccasionId, PersonId
from services.domain.messages import Consumer, MessageType
from services.domain.records import Kind
from services.metadata import occasions
from services.metadata.occasions import Occasions
from services.metadata.people import People
from services.scheduler.read_library import read_library
from tests.stored_library import ANA, BEN, StoredLibrary

P1, P2, P3 = PersonId("p1"), PersonId("p2"), PersonId("p3")
DAY = date(2014, 6, 12)
COUPLE = DeclaredOccasion(OccasionKind.ANNIVERSARY, DAY, (P1, P2))
HOUSE = DeclaredOccasion(OccasionKind.OTHER, date(2001, 1, 5), title="The old house")


@pytest.fixture
async def declared(library: StoredLibrary) -> Occasions:
    """Ana knows Maria and Tom by name, and somebody without one."""
    for id_, name in ((P1, "Maria"), (P2, "Tom"), (P3, "")):
        await library.name(id_, Person(name))
    return Occasions(library.catalog, library.clock)


async def test_a_day_is_declared_once_and_planning_hears_of_it(
    library: StoredLibrary, declared: Occasions
) -> None:
    view = await declared.declare(ANA, COUPLE)
    assert await declared.declare(ANA, COUPLE) == view
    assert (await read_library(library.catalog, ANA)).library.declared == {view.id: COUPLE}
    assert await library.audited() == ["occasion_declared"]
    assert await library.heard(Consumer.SCHEDULER) == [(MessageType.LIBRARY_CHANGED, view.id)]


async def test_they_are_listed_by_the_calendar_and_to_their_owner(declared: Occasions) -> None:
    for occasion in (COUPLE, HOUSE):
        await declared.declare(ANA, occasion)
    assert [view.occasion for view in await declared.everything(ANA)] == [HOUSE, COUPLE]
    assert await declared.everything(BEN) == []


async def test_one_that_is_deleted_is_gone(library: StoredLibrary, declared: Occasions) -> None:
    view = await declared.declare(ANA, HOUSE)
    await declared.delete(ANA, view.id)
    assert await declared.everything(ANA) == []
    assert (await read_library(library.catalog, ANA)).library.declared == {}
    with pytest.raises(NotFound):
        await declared.delete(ANA, view.id)


@pytest.mark.parametrize(
    ("occasion", "said"),
    [
        (replace(HOUSE, title=""), "give a title"),
        (replace(COUPLE, people=(P1,)), "the two people"),
        (replace(COUPLE, people=()), "the two people"),
        (replace(COUPLE, people=(P1, P3)), "person p3 has no name"),
        (replace(COUPLE, day=date(1604, 6, 12)), "before 1800"),
        (replace(HOUSE, title="x" * 101), "at most 100 characters"),
        (replace(HOUSE, title="two\nlines"), "one line"),
        (replace(HOUSE, people=tuple(PersonId(f"q{n}") for n in range(9))), "at most 8"),
    ],
)
async def test_what_could_not_be_told_is_refused(
    declared: Occasions, occasion: DeclaredOccasion, said: str
) -> None:
    with pytest.raises(InvalidArgument, match=said):
        await declared.declare(ANA, occasion)


async def test_there_is_an_end_to_them(declared: Occasions, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occasions, "MOST", 1)
    await declared.declare(ANA, HOUSE)
    with pytest.raises(QuotaExceeded, match="1 occasions are declared"):
        await declared.declare(ANA, COUPLE)
    await declared.declare(ANA, HOUSE)


async def test_without_faces_there_is_none_that_names_people(
    library: StoredLibrary, declared: Occasions
) -> None:
    await declared.declare(ANA, COUPLE)
    house = await declared.declare(ANA, HOUSE)
    await library.grant(*set(Scope) - {Scope.FACES})
    assert await declared.everything(ANA) == [house]
    assert (await read_library(library.catalog, ANA)).library.declared == {house.id: HOUSE}
    with pytest.raises(ConsentRequired):
        await declared.declare(BEN, HOUSE)


async def test_people_who_are_merged_are_one_in_what_was_declared(
    library: StoredLibrary, declared: Occasions
) -> None:
    view = await declared.declare(ANA, COUPLE)
    alone = await declared.declare(ANA, replace(HOUSE, people=(P2,)))
    house = await declared.declare(ANA, HOUSE)
    await People(library.catalog, library.clock).merge(ANA, [P3, P2])
    found = {v.id: v.occasion.people for v in await declared.everything(ANA)}
    assert found == {view.id: (P1, P3), alone.id: (P3,), house.id: ()}
    assert OccasionId(view.id) in await library.states(Kind.OCCASION)
