"""What every kind of story sees: the roll, where home is, the events and trips found in it, and today."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import cached_property
from typing import TypeVar

import numpy as np

from services.domain.consent import Scope
from services.domain.holidays import Holiday
from services.domain.media import Place
from services.domain.pairs import Pair
from services.domain.places import Home
from services.domain.roll import Bools, Floats, Ints, Roll
from services.domain.stories.calendar import AT_HOME_KM, holidays_at_home, names_by_day, places_of_homes
from services.domain.stories.cooldown import Past
from services.domain.stories.kept import Kept
from services.domain.stories.pools import Shown
from services.domain.stories.story import Feedback
from services.domain.stories.taste import Taste
from services.domain.stories.text import Said
from services.domain.stories.wording import named
from services.domain.timeline import Stretches, main_place
from services.domain.trips import Trip

V = TypeVar("V")


@dataclass(frozen=True, eq=False)
class Context:
    """The input of every rule; rules are pure functions of it."""

    roll: Roll
    homes: tuple[Home, ...]
    distances: Floats
    """Km of each asset from the home of its day; NaN where unknown."""
    events: Stretches
    trips: tuple[Trip, ...]
    today: date
    kept: Kept = field(default_factory=Kept)

    def __post_init__(self) -> None:
        self.kept.memo.turn(self._given)
        self.kept.of_arrays.turn((self.today, self._given), self.roll.tokens)

    @cached_property
    def _given(self) -> Hashable:
        """What stories depend on besides pictures and the day: people cared for, homes, taste."""
        people = self.roll.library.people.items()
        cared_for = (
            (id_, p.name, p.hidden, p.birthday) for id_, p in people if p.name or p.hidden or p.birthday
        )
        return frozenset(cared_for), self.homes, self.home_place, self.feedback

    def of_events(self, name: str, compute: Callable[[int], V]) -> Sequence[V]:
        """Return something about each event, computed only where the event changed.

        Args:
            name: Of what is found out.
            compute: A pure function of the event at a position: of its pictures, the trips that they belong
                to, homes and the people whom the owner cares about. It may not depend on the day.
        """
        return self.kept.of_events[name].values(
            self._event_tokens, self.events.bounds, compute, given=self._given
        )

    def once(self, what: Hashable, members: Ints, compute: Callable[[], V]) -> V:
        """Return what was found out about these pictures before, or find it out.

        Args:
            what: Names what is found out, with all that it depends on besides the pictures, homes, feedback
                and the people whom the owner cares about.
            members: The pictures that it depends on.
            compute: A pure function of all these. Positions in the roll must not be in its result.
        """
        return self.kept.memo.get((what, self.roll.tokens[members].tobytes()), compute)

    def of_pool(self, what: Hashable, pool: object, compute: Callable[[], V]) -> V:
        """Return what was found out about a pool before, or find it out.

        Unlike `once` it does not look at the pool: it is told from others by being the very same array, as
        those of people, themes, pairs and trips are while nothing changes in them.

        Args:
            what: Names what is found out, with all that it depends on besides the pictures, the day, homes,
                feedback and the people whom the owner cares about.
            pool: The pictures that it depends on, or whatever else is the same object while it is the same.
            compute: A pure function of all these.
        """
        return self.kept.of_arrays.get(what, pool, compute)

    def settled(self, name: Hashable, pool: Ints) -> Ints:
        """Return a pool as the very array that it was under this name, if nothing in it changed."""
        return self.kept.of_arrays.settled(name, pool)

    def grown(
        self, what: Hashable, pool: Ints, empty: Callable[[], V], and_then: Callable[[V, Ints], V]
    ) -> V:
        """Return what was found out about a pool, from what was found out of it when it had fewer pictures.

        Args:
            what: Names what is found out and the pool, with all that it depends on besides the pictures, the
                day, homes, feedback and the people whom the owner cares about.
            pool: The pictures that it depends on, in order of time.
            empty: What is found out about no pictures.
            and_then: The same of later pictures in addition.
        """
        return self.kept.of_arrays.grown(what, pool, empty, and_then)

    def shown_of(self, name: Hashable, members: Ints) -> Shown:
        """Return what of somebody's or something's pictures is dated and may be shown; each has a name."""
        return self.grown(("shown", name), members, Shown.empty, self._with_more)

    def _with_more(self, shown: Shown, more: Ints) -> Shown:
        return shown.and_then(self.roll, self._believed, more)

    @cached_property
    def _event_tokens(self) -> Ints:
        """A number for each picture of each event and the trip that it belongs to."""
        numbers = self.kept.trip_numbers
        codes = [numbers.setdefault(trip.id, len(numbers) + 1) for trip in self.trips]
        of_trip = np.array([*codes, 0], dtype=np.int64)
        members = self.events.members
        return self.roll.tokens[members] * 2**24 + of_trip[self.on_trip[members]]

    @property
    def feedback(self) -> tuple[Feedback, ...]:
        """The owner's reactions; none without consent to learn from them."""
        library = self.roll.library
        return library.feedback if Scope.LEARNING in library.scopes else ()

    @cached_property
    def past(self) -> Past:
        """What was told before today."""
        return Past(self.roll.library.told, self.today)

    @cached_property
    def home_place(self) -> Place | None:
        """The named place in which most pictures near home were taken; None where unknown."""
        return main_place(self.roll, np.flatnonzero(self.distances <= AT_HOME_KM))

    @cached_property
    def taste(self) -> Taste:
        """What the owner likes, as far as it may be learned."""
        return Taste.of(self.feedback)

    @cached_property
    def home_places(self) -> tuple[Place | None, ...]:
        """The named place of each home."""
        return places_of_homes(self.roll, self.homes, self.distances)

    @cached_property
    def holidays(self) -> Mapping[date, tuple[str, ...]]:
        """The names of the public holidays of each day, where the owner lived then."""
        return self.of_pool("holidays by day", self._celebrated, lambda: names_by_day(self._celebrated))

    def home_on(self, day: date) -> Home | None:
        """Return the home of a day; None where none is known."""
        homes = (home for home in self.homes if home.first_day <= day.toordinal() <= home.last_day)
        return next(homes, None)

    @property
    def home_scopes(self) -> frozenset[Scope]:
        """What knowing a home rests on."""
        return frozenset({Scope.LOCATION})

    @cached_property
    def holiday_names(self) -> Mapping[str, Said]:
        """How each holiday is called in the languages of stories, by its English name.

        Countries with one language differ: Christmas Day is Christtag in Austria. The newest home decides.
        """
        return {holiday.name: named(holiday.name, holiday.translations) for holiday in self._celebrated}

    @cached_property
    def _celebrated(self) -> tuple[Holiday, ...]:
        library, places = self.roll.library, self.home_places
        return self.of_pool(
            ("celebrated", library.country, places),
            library.holidays,
            lambda: holidays_at_home(library, self.homes, places),
        )

    @property
    def holiday_scopes(self) -> frozenset[Scope]:
        """What knowing the holidays rests on: where home is, unless the owner declared a country."""
        declared = bool(self.roll.library.country) or not self.holidays
        return frozenset() if declared else frozenset({Scope.LOCATION})

    @cached_property
    def peopled(self) -> Bools:
        """Shows anybody who is known, hidden people aside, may be shown, and its clock can be believed."""
        peopled = np.zeros(len(self.roll), dtype=np.bool_)
        peopled[self.roll.seen.rows] = True
        return peopled & self._believed & self.roll.eligible

    @cached_property
    def pairs(self) -> tuple[Pair, ...]:
        """Who is seen with whom."""
        return self.kept.pairs.find(self.roll, self.kept.of_arrays.unchanged)

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
        event_of[self.events.members] = np.repeat(np.arange(len(self.events)), np.diff(self.events.bounds))
        return event_of

    def between(self, first: date, last: date) -> Ints:
        """Return the assets taken on these days, both included, by clocks that can be believed."""
        return self.on_days(np.arange(first.toordinal(), last.toordinal() + 1))

    def on_days(self, days: Ints) -> Ints:
        """Return the assets taken on these days (ordinals), by clocks that can be believed."""
        rows = self.roll.rows_on(days)
        return rows[self.roll.dated[rows]]

    def dated(self, members: Ints) -> Ints:
        """Return those of the assets whose capture time can be believed, up to today."""
        return members[self._believed[members]]

    @cached_property
    def _believed(self) -> Bools:
        return self.roll.dated & (self.roll.days <= self.today.toordinal())

    def showable(self, members: Ints) -> Ints:
        """Return those of the assets that a story may show."""
        return members[self.roll.eligible[members]]

    def time(self, i: int) -> datetime:
        """Return the capture time of an asset."""
        return self.roll.assets[i].capture_time
