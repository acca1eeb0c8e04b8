"""Planning: from a library to the stories that are due today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np

from services.domain.library import Library
from services.domain.places import Home
from services.domain.roll import Roll
from services.domain.stories.context import Context
from services.domain.stories.curation import curate
from services.domain.stories.draft import compose
from services.domain.stories.kept import Kept
from services.domain.stories.kinds import RULES
from services.domain.stories.story import AlbumEvent, Story
from services.domain.stories.time_zone import time_zone
from services.domain.timeline import album_event
from services.domain.trips import Trip


@dataclass(frozen=True)
class Plan:
    """What planning found in a library."""

    homes: tuple[Home, ...]
    """In order of time; empty without LOCATION or where habits show none."""
    events: tuple[AlbumEvent, ...]
    """In order of time."""
    trips: tuple[Trip, ...]
    """In order of time."""
    stories: tuple[Story, ...]
    """Those to show today, the best first."""
    time_zone: tzinfo | None = None
    """Where the owner lives: whose days these are; None where nothing tells."""

    @property
    def home(self) -> Home | None:
        """Where the owner lives now."""
        return self.homes[-1] if self.homes else None


def plan(library: Library, today: date, seed: int = 0) -> Plan:
    """Return the events, trips and stories of a library as of a day.

    A pure function: the same library, day and seed give the same plan, in whatever order the assets come.
    Ids are stable: a story keeps its id while what it tells stays, whatever is added elsewhere. Data whose
    scope is not in `library.scopes` is not looked at.
    """
    return tell(survey(library, today, seed))


def survey(library: Library, today: date, seed: int = 0) -> Context:
    """Find home, trips and events: what every rule builds on."""
    return survey_roll(Roll.of(library, seed), today, Kept())


def survey_roll(roll: Roll, today: date, kept: Kept) -> Context:
    """Find home, trips and events in a roll, with the help of what was found in it before."""
    events = kept.places.lend(kept.segmenter.segment(roll))
    roll = events.roll
    homes = kept.homes.find(roll)
    distances = kept.homes.distances(roll, homes)
    usual = kept.usual.find(kept.homes.sightings, homes)
    return Context(
        roll=roll,
        homes=homes,
        distances=distances,
        events=events,
        trips=kept.trips.find(roll, homes, distances, usual),
        today=today,
        kept=kept,
    )


def tell(context: Context) -> Plan:
    """Let every rule propose, and choose among the stories."""
    drafts = (draft for propose in RULES.values() for draft in propose(context))
    stories = [story for draft in drafts if (story := compose(context, draft)) is not None]
    shown = curate(context.past.rested(stories), context.today, began=context.past.began)
    return Plan(context.homes, _events(context), context.trips, shown, time_zone(context))


def _events(context: Context) -> tuple[AlbumEvent, ...]:
    """Describe every event, with the trip that most of it belongs to."""
    return tuple(context.of_events("album", lambda index: _event(context, index)))


def _event(context: Context, index: int) -> AlbumEvent:
    stretch = context.events[index]
    trips, counts = np.unique(context.on_trip[stretch.members], return_counts=True)
    trip = int(trips[np.argmax(counts)])
    return album_event(context.roll, stretch, context.trips[trip].id if trip >= 0 else "")
