"""The days that an owner declares: anniversaries, wedding days and others."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.domain.accounts import AuditAction, audit
from services.domain.declared import DeclaredOccasion, OccasionKind
from services.domain.errors import InvalidArgument, QuotaExceeded
from services.domain.facets import Person
from services.domain.identity import OccasionId, OwnerId, PersonId, new_id
from services.domain.messages import Message, MessageType
from services.domain.ports import Catalog, Clock, Transaction
from services.domain.records import Kind, Record

MOST = 200
MOST_PEOPLE = 8
LONGEST_TITLE = 100
"""Characters: more do not fit on a page."""
FIRST_YEAR = 1800
"""What is older is nobody's anniversary but a slip, as address books write an unknown year."""
A_COUPLE = 2


@dataclass(frozen=True, slots=True)
class OccasionView:
    """A declared occasion by its id."""

    id: OccasionId
    occasion: DeclaredOccasion


class Occasions:
    """An owner's declared occasions."""

    def __init__(self, catalog: Catalog, clock: Clock) -> None:
        self._catalog = catalog
        self._clock = clock

    async def declare(self, owner: OwnerId, occasion: DeclaredOccasion) -> OccasionView:
        """Keep an occasion, or return the one that says the same.

        Raises NotFound, ConsentRequired, QuotaExceeded, or InvalidArgument for one that makes no sense.
        """
        _check(occasion)
        async with self._catalog.transaction(owner) as tx:
            for person in occasion.people:
                _check_named(person, await tx.get(Kind.PERSON, person))
            known = _views(await tx.find(Kind.OCCASION))
            if same := [view for view in known if view.occasion == occasion]:
                return same[0]
            if len(known) >= MOST:
                raise QuotaExceeded(f"{MOST} occasions are declared; delete one first")
            id_ = OccasionId(new_id())
            # The time of a record is in the clear; the day of an occasion is not to be read there.
            await tx.put(Kind.OCCASION, id_, occasion)
            await self._announce(tx, owner, AuditAction.OCCASION_DECLARED, id_)
        return OccasionView(id_, occasion)

    async def everything(self, owner: OwnerId) -> list[OccasionView]:
        """Return all that are declared, by month and day."""
        views = _views(await self._catalog.find(owner, Kind.OCCASION))
        return sorted(views, key=_by_calendar)

    async def delete(self, owner: OwnerId, id_: OccasionId) -> None:
        """Delete one; raise NotFound."""
        async with self._catalog.transaction(owner) as tx:
            (await tx.get(Kind.OCCASION, id_)).require(DeclaredOccasion)
            await tx.delete(Kind.OCCASION, [id_])
            await self._announce(tx, owner, AuditAction.OCCASION_DELETED, id_)

    async def _announce(self, tx: Transaction, owner: OwnerId, action: AuditAction, id_: OccasionId) -> None:
        now = self._clock.now()
        await audit(tx, action, now, subject=id_)
        await tx.publish(Message.of(MessageType.LIBRARY_CHANGED, owner, id_, now))


async def rename_people(tx: Transaction, ids: Mapping[PersonId, PersonId]) -> None:
    """Let occasions name other people in the place of some."""
    for view in _views(await tx.find(Kind.OCCASION)):
        renamed = view.occasion.renamed(ids)
        if renamed != view.occasion:
            await tx.put(Kind.OCCASION, view.id, renamed)


def _views(records: list[Record]) -> list[OccasionView]:
    read = [(OccasionId(record.id), record.get(DeclaredOccasion)) for record in records]
    return [OccasionView(id_, occasion) for id_, occasion in read if occasion]


def _by_calendar(view: OccasionView) -> tuple[int, int, int, str]:
    day = view.occasion.day
    return day.month, day.day, day.year, view.id


def _check(occasion: DeclaredOccasion) -> None:
    """Raise InvalidArgument for an occasion that could not be told."""
    if occasion.day.year < FIRST_YEAR:
        raise InvalidArgument(f"{occasion.day} is before {FIRST_YEAR}: give the day on which it was first")
    if len(occasion.title) > LONGEST_TITLE or not occasion.title.isprintable():
        raise InvalidArgument(f"a title is one line of at most {LONGEST_TITLE} characters")
    if len(occasion.people) > MOST_PEOPLE:
        raise InvalidArgument(f"name at most {MOST_PEOPLE} people")
    if occasion.title:
        return
    if occasion.kind is OccasionKind.OTHER:
        raise InvalidArgument("give a title: nothing else says what the day is")
    if len(occasion.people) != A_COUPLE:
        raise InvalidArgument("name the two people whose day it is, or give a title")


def _check_named(id_: PersonId, record: Record) -> None:
    if not record.require(Person).name:
        raise InvalidArgument(f"person {id_} has no name yet: name them first")
