"""What planning keeps for the next time, stage by stage; each stage knows by itself what is still true."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from services.domain.lent_places import PlaceLender
from services.domain.pairs import PairFinder
from services.domain.places import HomeFinder
from services.domain.splice import InGroups, Memo, OfArrays
from services.domain.timeline import Segmenter
from services.domain.trips import TripFinder
from services.domain.usual_places import UsualPlaces


@dataclass(eq=False)
class Kept:
    """The stages of planning, with what they remember of the last one; new, they remember nothing."""

    segmenter: Segmenter = field(default_factory=Segmenter)
    places: PlaceLender = field(default_factory=PlaceLender)
    homes: HomeFinder = field(default_factory=HomeFinder)
    usual: UsualPlaces = field(default_factory=UsualPlaces)
    trips: TripFinder = field(default_factory=TripFinder)
    pairs: PairFinder = field(default_factory=PairFinder)
    of_events: dict[str, InGroups[Any]] = field(default_factory=lambda: defaultdict(InGroups))
    """What rules found out about each event, by name."""
    trip_numbers: dict[str, int] = field(default_factory=dict)
    """A number for each trip's id that was ever seen."""
    memo: Memo = field(default_factory=Memo)
    """Results by the content of the pictures that they were made from."""
    of_arrays: OfArrays = field(default_factory=OfArrays)
    """Results by the very pools that they were made from."""
