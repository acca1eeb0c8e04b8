"""What a simulated family does, day by day: everyday life, outings, parties, birthdays, trips."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

import numpy as np

from services.domain.media import Coordinates, Place

HOME = Place("Graz", "Austria", "AT", time_zone="Europe/Vienna")
HOME_POINT = Coordinates(47.07, 15.44)
SECOND_HOME = Place("Linz", "Austria", "AT", time_zone="Europe/Vienna")
SECOND_POINT = Coordinates(48.30, 14.29)
DESTINATIONS = (
    (Place("Lisbon", "Portugal", "PT"), Coordinates(38.72, -9.14)),
    (Place("Paris", "France", "FR"), Coordinates(48.86, 2.35)),
    (Place("Venice", "Italy", "IT"), Coordinates(45.44, 12.33)),
    (Place("Salzburg", "Austria", "AT"), Coordinates(47.80, 13.04)),
    (Place("New York City", "United States", "US"), Coordinates(40.71, -74.01)),
    (Place("Zadar", "Croatia", "HR"), Coordinates(44.12, 15.23)),
    (Place("Vienna", "Austria", "AT"), Coordinates(48.21, 16.37)),
    (Place("Tokyo", "Japan", "JP"), Coordinates(35.68, 139.69)),
)
HOUSE = Place("Gmunden", "Austria", "AT", time_zone="Europe/Vienna")
HOUSE_POINT = Coordinates(47.92, 13.80)
OFFICE = Place("Klagenfurt", "Austria", "AT", time_zone="Europe/Vienna")
OFFICE_POINT = Coordinates(46.62, 14.31)
FAMILY = ("Ana", "Ben", "Clara", "David")
BIRTHDAYS = (date(1985, 5, 4), date(1984, 11, 20), date(2012, 7, 9), date(2015, 2, 14))
KM_PER_DEGREE = 111.2


@dataclass(frozen=True)
class Episode:
    """One thing that happened: where, when, how many pictures, who was there."""

    start: datetime
    place: Place
    point: Coordinates
    pictures: int
    people: Sequence[int]
    pace: float = 4.0
    """Typical minutes between two pictures."""
    spread_km: float = 0.2
    trip: int = -1


class Life:
    """What the family does, day by day."""

    def __init__(
        self,
        rng: np.random.Generator,
        first: date,
        days: int,
        activity: float,
        *,
        moves: bool = False,
        second_home: bool = False,
    ) -> None:
        self._rng = rng
        self._activity = activity
        self._second_home = second_home
        self.moved = first + timedelta(days=days // 2) if moves else None
        self.episodes: list[Episode] = []
        self._trips = 0
        day, last = first, first + timedelta(days=days)
        while day < last:
            length = self._live(day)
            day += timedelta(days=length)

    def _live(self, day: date) -> int:
        """Live from a day on; return for how many days."""
        if self._rng.random() < 1 / 100 and not self._celebrates(day):
            return self._travel(day)
        if self._second_home and day.weekday() == 5 and self._rng.random() < 0.45:
            return self._weekend(day)
        if self._second_home and day.weekday() == 2 and self._rng.random() < 0.4:
            return self._working_days(day)
        if self._celebrates(day):
            self._party(day)
        elif day.weekday() >= 5 and self._rng.random() < 0.35:
            self._outing(day)
        elif self._rng.random() < 0.3:
            self._everyday(day)
        return 1

    def _celebrates(self, day: date) -> bool:
        return any((born.month, born.day) == (day.month, day.day) for born in BIRTHDAYS)

    def _everyday(self, day: date) -> None:
        place, home = self._home(day)
        hour = self._rng.uniform(8, 14)
        for _ in range(int(self._rng.integers(1, 3))):
            point = home if self._rng.random() < 0.5 else shift(home, self._rng, 6.0)
            self._add(day, hour, place, point, self._count(1, 6), some=2)
            hour += self._rng.uniform(1.5, 6.0)

    def _outing(self, day: date) -> None:
        place, point = self._home(day)
        away = shift(point, self._rng, self._rng.uniform(3, 25))
        self._add(day, self._rng.uniform(9, 12), place, away, self._count(5, 30), some=4, pace=6.0)
        if self._rng.random() < 0.3:
            self._add(day, self._rng.uniform(18, 20), place, point, self._count(2, 15), some=4)

    def _party(self, day: date) -> None:
        place, point = self._home(day)
        self._add(day, self._rng.uniform(17, 20), place, point, self._count(15, 45), some=4, pace=4.0)

    def _weekend(self, day: date) -> int:
        """Spend a weekend, or one and the days after it, at the second home and around."""
        days = int(self._rng.choice([2, 2, 2, 5]))
        for n in range(days):
            around = shift(HOUSE_POINT, self._rng, float(self._rng.choice([0.3, 12.0])))
            hour = self._rng.uniform(9, 15)
            self._add(day + timedelta(days=n), hour, HOUSE, around, self._count(3, 15), some=4, pace=6.0)
        return days

    def _working_days(self, day: date) -> int:
        """Work in another city for two days, a night included."""
        for n in range(2):
            self._add(day + timedelta(days=n), 12, OFFICE, OFFICE_POINT, self._count(2, 5), some=0)
        return 2

    def _travel(self, day: date) -> int:
        place, point = DESTINATIONS[self._rng.integers(len(DESTINATIONS))]
        days = int(self._rng.integers(2, 12))
        for n in range(days):
            today = day + timedelta(days=n)
            hour = self._rng.uniform(9, 11)
            here = shift(point, self._rng, self._rng.choice([5.0, 30.0]))
            self._add(today, hour, place, here, self._count(4, 25), some=3, pace=7.0, trip=self._trips)
            if self._rng.random() < 0.5:
                there = shift(point, self._rng, self._rng.uniform(0, 3))
                self._add(today, 19.5, place, there, self._count(2, 8), some=4, pace=6.0, trip=self._trips)
        self._trips += 1
        return days + 1

    def _home(self, day: date) -> tuple[Place, Coordinates]:
        if self.moved and day >= self.moved:
            return SECOND_HOME, SECOND_POINT
        return HOME, HOME_POINT

    def _count(self, low: int, high: int) -> int:
        return max(int(self._rng.integers(low, high + 1) * self._activity), 1)

    def _add(
        self,
        day: date,
        hour: float,
        place: Place,
        point: Coordinates,
        pictures: int,
        *,
        some: int,
        pace: float = 4.0,
        trip: int = -1,
    ) -> None:
        zone = timezone(timedelta(hours=round(point.longitude / 15)))
        start = datetime(day.year, day.month, day.day, tzinfo=zone) + timedelta(hours=hour)
        people = np.sort(self._rng.permutation(len(FAMILY))[: self._rng.integers(0, some + 1)]).tolist()
        pace = pace if pictures < 40 else pace * 40 / pictures
        self.episodes.append(Episode(start, place, point, pictures, people, pace, trip=trip))


def shift(point: Coordinates, rng: np.random.Generator, km: float) -> Coordinates:
    """Return a point up to `km` away."""
    angle, distance = rng.uniform(0, 2 * np.pi), km * np.sqrt(rng.random()) / KM_PER_DEGREE
    shrink = np.cos(np.radians(point.latitude))
    return Coordinates(
        float(point.latitude + distance * np.sin(angle)),
        float(point.longitude + distance * np.cos(angle) / shrink),
    )
