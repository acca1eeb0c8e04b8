"""Planning one owner's stories anew, and storing what changed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from datetime import date

from services.domain.accounts import ACCOUNT_ID, AuditAction, Planned, audit
from services.domain.errors import Conflict, ConsentRequired
from services.domain.facets import Facet
from services.domain.identity import OwnerId
from services.domain.leases import Lease
from services.domain.ports import (
    Catalog,
    Holidays,
    Signals,
    Step,
    Transaction,
    Unobserved,
    WorkObserver,
)
from services.domain.records import Kind, Record, StoryState
from services.domain.stories.story import AlbumEvent, Story
from services.scheduler.group_people import store_people
from services.scheduler.owner_clock import OwnerClock
from services.scheduler.planners import Made, Planners
from services.scheduler.read_library import Snapshot, read_library

LeaseOf = Callable[[OwnerId], Lease]
"""Returns by which right an owner is planned; raises LeaseLost."""

KEPT = frozenset({StoryState.SAVED, StoryState.SHARED, StoryState.DISMISSED})
"""What the owner decided about stays, planned again or not."""


class PlanStories:
    """Turns a library into events and proposals: stores new ones, changes old ones, withdraws others."""

    def __init__(
        self,
        catalog: Catalog,
        clock: OwnerClock,
        signals: Signals,
        holidays: Holidays,
        planners: Planners,
        *,
        lease_of: LeaseOf,
        observer: WorkObserver = Unobserved(),
    ) -> None:
        self._catalog = catalog
        self._clock = clock
        self._signals = signals
        self._holidays = holidays
        self._planners = planners
        self._lease_of = lease_of
        self._observer = observer

    async def __call__(self, owner: OwnerId, today: date) -> int:
        """Plan the owner's stories for this day; return how many there are.

        The work is done in a thread. If the owner took a scope back, deleted a picture or changed a person
        meanwhile, it starts again from what is true then. Where planning shows that the owner lives where it
        is another day, it starts again with that day.

        Raises:
            LeaseLost: The owner is somebody else's to plan, or came to be meanwhile: then nothing is stored.
        """
        while True:
            lease = self._lease_of(owner)
            with self._observer.step(Step.READ_LIBRARY):
                snapshot = await read_library(self._catalog, owner, self._planners.last(owner))
            if not snapshot.besides.scopes:
                self.forget(owner)
                return 0
            made = await asyncio.to_thread(self._planners.plan, owner, snapshot, today, self._holidays)
            if self._clock.lives_in(owner, made.plan.time_zone):
                today = self._clock.today(owner)
                continue
            try:
                with self._observer.step(Step.STORE):
                    changes = await self._store(owner, lease, snapshot, made)
            except (ConsentRequired, Conflict):
                continue
            if changes:
                self._signals.notify(f"stories:{owner}")
            return len(made.plan.stories)

    def forget(self, owner: OwnerId) -> None:
        """Drop what is held of an owner between plans."""
        self._planners.forget(owner)
        self._clock.forget(owner)

    async def _store(self, owner: OwnerId, lease: Lease, snapshot: Snapshot, made: Made) -> int:
        now = self._clock.now()
        async with self._catalog.transaction(owner) as tx:
            await tx.fence(lease)
            await snapshot.confirm(tx)
            await store_people(tx, snapshot.besides.people, made.found)
            events: dict[str, AlbumEvent] = {event.id: event for event in made.plan.events}
            changes = await _replace(tx, Kind.EVENT, await tx.find(Kind.EVENT), events)
            stories: dict[str, Story] = {story.id: story for story in made.plan.stories}
            stored = await tx.find(Kind.STORY)
            changes += await _replace(tx, Kind.STORY, stored, stories, default_state=StoryState.PROPOSED)
            await tx.put(Kind.ACCOUNT, ACCOUNT_ID, Planned(snapshot.settled, now))
            if changes:
                await audit(tx, AuditAction.STORIES_PLANNED, now, count=len(stories))
        known = {record.id for record in stored}
        self._observer.proposed(story.kind for id_, story in stories.items() if id_ not in known)
        return changes


async def _replace(
    tx: Transaction,
    kind: Kind,
    stored: list[Record],
    planned: Mapping[str, Story] | Mapping[str, AlbumEvent],
    default_state: str | None = None,
) -> int:
    """Make the stored records equal to the planned ones; return how many were touched."""
    before = {record.id: record for record in stored}
    gone = [r.id for r in stored if r.id not in planned and r.state not in KEPT]
    changed = [id_ for id_, facet in planned.items() if not _holds(before.get(id_), facet)]
    if gone:
        await tx.delete(kind, gone)
    for id_ in changed:
        state = default_state if id_ not in before else None
        await tx.put(kind, id_, planned[id_], time=planned[id_].start, state=state)
    return len(gone) + len(changed)


def _holds(record: Record | None, facet: Facet) -> bool:
    return record is not None and record.get(type(facet)) == facet
