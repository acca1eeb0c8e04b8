"""The planners of the owners who were planned last, so that what comes next is planned in addition."""

from __future__ import annotations

import gc
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from services.domain.identity import OwnerId
from services.domain.ports import Holidays, Step, Unobserved, WorkObserver
from services.domain.stories.best_shots import BestShots
from services.domain.stories.plan import Plan
from services.domain.stories.planner import Planner
from services.scheduler.add_holidays import DaysAbroad
from services.scheduler.group_people import Found, KnownPeople
from services.scheduler.read_library import News, Snapshot


class Made(NamedTuple):
    """What was found in a library."""

    found: Found
    """Who is who."""
    plan: Plan


@dataclass(eq=False)
class _Kept:
    """What is known of one owner's library, and as of when."""

    snapshot: Snapshot
    people: KnownPeople
    shots: BestShots
    days: DaysAbroad
    planner: Planner


class Planners:
    """A few planners, the least recently used of which goes first.

    A planner holds what consent allowed, in the clear. It is therefore kept only while the very consent that
    it was made under is in force: with any other it is made anew, and who takes something back has it
    forgotten, a plan that is being made included.
    """

    def __init__(self, most: int, seed: int = 0, observer: WorkObserver = Unobserved()) -> None:
        self._most = most
        self._seed = seed
        self._observer = observer
        self._kept: dict[OwnerId, _Kept] = {}
        self._forgotten = 0

    def last(self, owner: OwnerId) -> Snapshot | None:
        """Return the library of an owner as it was last planned; None where that was forgotten."""
        kept = self._kept.get(owner)
        return kept.snapshot if kept else None

    def forget(self, owner: OwnerId) -> None:
        """Drop everything that is held of an owner."""
        self._forgotten += 1
        self._kept.pop(owner, None)

    def plan(self, owner: OwnerId, snapshot: Snapshot, today: date, holidays: Holidays) -> Made:
        """Group and plan a library, only what changed where the owner's planner is at hand."""
        forgotten, kept = self._forgotten, self._kept.pop(owner, None)
        news = _news(kept, snapshot) if kept else None
        with self._observer.step(Step.GROUP):
            if kept is None or news is None:
                kept, found = _known(snapshot, today, holidays, self._seed)
            else:
                found = _told(kept, snapshot, news, today, holidays)
        with self._observer.step(Step.PLAN):
            made = kept.planner.plan(today)
        if forgotten == self._forgotten:
            self._kept[owner] = kept
            for eldest in list(self._kept)[: -self._most]:
                del self._kept[eldest]
        return Made(found, made)


def _news(kept: _Kept, snapshot: Snapshot) -> News | None:
    """Return what changed since the last plan; None where everything is to be planned anew."""
    same = kept.snapshot.consent == snapshot.consent and kept.people.fits(snapshot.besides.people)
    return snapshot.since(kept.snapshot) if same else None


def _known(snapshot: Snapshot, today: date, holidays: Holidays, seed: int) -> tuple[_Kept, Found]:
    """Learn a library from nothing."""
    library = snapshot.library
    people, days = KnownPeople(library.people, library.scopes), DaysAbroad(library.assets)
    found = people.change(library.assets)
    shots = BestShots()
    told = shots.change(found.put.values())
    whole = replace(library, assets=tuple(told[a.id] for a in library.assets), people=found.people)
    planner = Planner(days.with_holidays(whole, today, holidays), seed)
    # Python looks through all objects once their number has grown by a quarter, as it has now: rather here
    # than while the next picture is planned.
    gc.collect()
    return _Kept(snapshot, people, shots, days, planner), found


def _told(kept: _Kept, snapshot: Snapshot, news: News, today: date, holidays: Holidays) -> Found:
    """Tell what is known of a library what changed in it."""
    gone = {asset.id for asset in news.left} - {asset.id for asset in news.put}
    found = kept.people.change(news.put, gone)
    kept.days.change(news.put, news.left)
    besides = replace(snapshot.besides, people=found.people)
    kept.planner.look(kept.days.with_holidays(besides, today, holidays))
    kept.planner.change(kept.shots.change(found.put.values(), gone).values(), gone)
    kept.snapshot = snapshot
    return found
