"""What every kind of story sees: the roll, where home is, the events and trips found in it, and today."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property

import numpy as np

from services.domain.consent import Scope
from services.domain.media import Place
from services.domain.pairs import Pair, find_pairs
from services.domain.places import Home
from services.domain.roll import Floats, Ints, Roll
from services.domain.stories.calendar import AT_HOME_KM, holidays_at_home, places_of_homes
from services.domain.stories.story import Feedback
from services.domain.timeline import Stretch, main_place
from services.domain.trips import Trip


@dataclass(frozen=True, eq=False)
class Context:
    """The input of every rule; rules are pure functions of it."""

    roll: Roll
    homes: tuple[Home, ...]
    distances: Floats
    """Km of each asset from the home of its day; NaN where unknown."""
    events: tuple[Stretch, ...]
    trips: tuple[Trip, ...]
    today: date

    @property
    def feedback(self) -> tuple[Feedback, ...]:
        """The owner's reactions; none without consent to learn from them."""
        library = self.roll.library
        return library.feedback if Scope.LEARNING in library.scopes else ()

    @cached_property
    def home_place(self) -> Place | None:
        """The named place in which most pictures near home were taken; None where unknown."""
        return main_place(self.roll, np.flatnonzero(self.distances <= AT_HOME_KM))

    @cached_property
    def home_places(self) -> tuple[Place | None, ...]:
        """The named place of each home."""
        return places_of_homes(self.roll, self.homes, self.distances)

    @cached_property
    def holidays(self) -> Mapping[date, tuple[str, ...]]:
        """The names of the public holidays of each day, where the owner lived then."""
        return holidays_at_home(self.roll.library, self.homes, self.home_places)

    @property
    def holiday_scopes(self) -> frozenset[Scope]:
        """What knowing the holidays rests on: where home is, unless the owner declared a country."""
        declared = bool(self.roll.library.country) or not self.holidays
        return frozenset() if declared else frozenset({Scope.LOCATION})

    @cached_property
    def peopled(self) -> Ints:
        """The assets that show anybody who is known, hidden people aside, by clocks that can be believed."""
        known = list(self.roll.person_members.values())
        return self.dated(np.unique(np.concatenate(known))) if known else np.zeros(0, dtype=np.int64)

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Who is seen with whom."""
        return find_pairs(self.roll)

    @cached_property
    def on_trip(self) -> Ints:
        """The position in `trips` of the trip that each asset belongs to, −1 for none; int64[n]."""
        trip_of = np.full(len(self.roll), -1, dtype=np.int64)
        for index, trip in enumerate(self.trips):
            trip_of[trip.members] = index
        return trip_of

    @cached_property
    def in_event(self) -> Ints:
        """The position in `events` of the event that each asset belongs to, −1 for none; int64[n]."""
        event_of = np.full(len(self.roll), -1, dtype=np.int64)
        for index, event in enumerate(self.events):
            event_of[event.members] = index
        return event_of

    def between(self, first: date, last: date) -> Ints:
        """Return the assets taken on these days, both included, by clocks that can be believed."""
        days = self.roll.days
        inside = (days >= first.toordinal()) & (days <= last.toordinal())
        return np.flatnonzero(inside & self.roll.dated)

    def dated(self, members: Ints) -> Ints:
        """Return those of the assets whose capture time can be believed, up to today."""
        known = self.roll.dated[members] & (self.roll.days[members] <= self.today.toordinal())
        return members[known]

    def showable(self, members: Ints) -> Ints:
        """Return those of the assets that a story may show."""
        return members[self.roll.eligible[members]]

    def time(self, i: int) -> datetime:
        """Return the capture time of an asset."""
        return self.roll.assets[i].capture_time
