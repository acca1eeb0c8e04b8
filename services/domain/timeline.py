"""The timeline cut into events: an afternoon, a party, a day of a trip.

A cut is made where the pause between two pictures is long for its surroundings: the logarithm of the
pause exceeds the mean of its neighbours' by a constant (Platt, Czerwinski, Field: PhotoTOC, 2003). So a
birthday with a picture a minute and a walk with a picture an hour are each one event. A pause counts
for more when the next picture is far away, and hard bounds hold at both ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from services.domain.consent import Scope
from services.domain.identity import EventId, stable_id
from services.domain.media import Place
from services.domain.places import haversine_km
from services.domain.roll import Bools, Floats, Ints, Roll
from services.domain.stories.story import AlbumEvent

NEIGHBOURS = 10
"""Pauses to either side that a pause is compared with."""
LOG_RATIO = float(np.log(17.0))
"""A cut needs a pause 17 times the geometric mean around it: PhotoTOC's constant."""
SHORTEST_CUT = 30 * 60.0
"""Seconds; a shorter pause in the same place never ends an event: lunch, a drive across town."""
LONGEST_PAUSE = 6 * 3600.0
"""Seconds; a longer pause always ends one."""
NIGHT_PAUSE = 3 * 3600.0
"""Seconds; ends an event when the night's end lies in it: a party may pass midnight, sleep may not."""
NIGHT_ENDS = 5
"""Local hour."""
JUMP_KM = 3.0
"""A pause counts (1 + distance / JUMP_KM) times."""
JOIN = 30 * 60.0
"""Seconds around an event in which a picture with a doubtful clock still belongs to it."""
FOUNDERS = 8
"""Doubtful clocks that must agree before they found an event by themselves."""
COPY_SECONDS = 3.0
"""Median pause below which files look copied in one go rather than taken one by one."""
_LONGEST_LOG = float(np.log(LONGEST_PAUSE))
_SEGMENTING = frozenset({Scope.LOCATION})
"""Besides time, only places decide where an event ends, unless a clock was wrong."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch of the timeline that belongs together: positions in the roll, in order of time."""

    id: EventId
    members: Ints


def segment(roll: Roll) -> tuple[Stretch, ...]:
    """Cut the roll into events, in order of time.

    Pictures with a doubtful clock join an event that goes on at their time; otherwise they found one only
    where many agree, and are put aside where not. The time of an upload may found an event (whoever sends
    pictures as they are taken) but joins none, and a camera's clock that is known to be wrong does neither.
    An event keeps its id when later pictures are added.
    """
    groups = _split(np.flatnonzero(roll.dated), roll)
    groups = _join_doubtful(groups, np.flatnonzero(~roll.dated & ~roll.astray), roll)
    groups.sort(key=lambda members: int(members[0]))
    return tuple(Stretch(_event_id(roll, members), members) for members in groups)


def lend_places(roll: Roll, stretches: Sequence[Stretch]) -> Roll:
    """Give each picture without a named place that of the picture of its event nearest in time.

    Coordinates are not lent: how far from home a picture was taken is said of those alone that know.
    """
    codes = roll.place_code.copy()
    for stretch in stretches:
        placed = roll.place_code[stretch.members] >= 0
        if placed.any() and not placed.all():
            lenders, borrowers = stretch.members[placed], stretch.members[~placed]
            codes[borrowers] = roll.place_code[lenders[_nearest(roll, lenders, borrowers)]]
    return replace(roll, place_code=codes)


def _nearest(roll: Roll, some: Ints, to: Ints) -> Ints:
    """Return which of some assets was taken closest in time to each of others; the earlier of two."""
    after = np.searchsorted(roll.seconds[some], roll.seconds[to]).clip(1, max(some.size - 1, 1))
    before, after = after - 1, after.clip(max=some.size - 1)
    earlier = roll.seconds[to] - roll.seconds[some[before]] <= roll.seconds[some[after]] - roll.seconds[to]
    return np.where(earlier, before, after)


def album_event(roll: Roll, stretch: Stretch, trip_id: str = "") -> AlbumEvent:
    """Describe a stretch as the event that is stored for its owner."""
    members = stretch.members
    return AlbumEvent(
        id=stretch.id,
        start=roll.assets[members[0]].capture_time,
        end=roll.assets[members[-1]].capture_time,
        asset_ids=tuple(roll.assets[i].id for i in members.tolist()),
        place=main_place(roll, members),
        trip_id=trip_id,
        rests_on=_rests_on(roll, members),
    )


def _rests_on(roll: Roll, members: Ints) -> frozenset[Scope]:
    """Return what decided where an event begins and ends; a clock is set right by all that is known."""
    carried = roll.scopes_of(members)
    return carried if roll.moved[members].any() else carried & _SEGMENTING


def main_place(roll: Roll, members: Ints) -> Place | None:
    """Return the place where most of these assets were taken; None where no place is known."""
    places = roll.places_of(members)
    return places[0][0] if places else None


def _split(members: Ints, roll: Roll) -> list[Ints]:
    """Cut assets, given in order of time, wherever a pause ends an event."""
    if members.size == 0:
        return []
    return np.split(members, np.flatnonzero(_cuts(members, roll)) + 1)


def _cuts(members: Ints, roll: Roll) -> Bools:
    """Tell after which asset an event ends; bool[n - 1]."""
    seconds = roll.seconds[members]
    pauses = np.diff(seconds)
    if pauses.size == 0:
        return np.zeros(0, dtype=np.bool_)
    weighted = pauses * (1.0 + _hops_km(members, roll) / JUMP_KM)
    logs = np.log(np.maximum(pauses, 1.0))
    unusual = np.log(np.maximum(weighted, 1.0)) > LOG_RATIO + _local_mean(np.minimum(logs, _LONGEST_LOG))
    over_night = _crosses_night_end(members, roll) & (pauses >= NIGHT_PAUSE)
    long_enough = weighted >= SHORTEST_CUT
    return np.asarray((unusual & long_enough) | (weighted >= LONGEST_PAUSE) | over_night)


def _hops_km(members: Ints, roll: Roll) -> Floats:
    """Return the km between neighbours, 0 where either place is unknown."""
    latitude, longitude = roll.latitude[members], roll.longitude[members]
    return np.nan_to_num(haversine_km(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:]))


def _local_mean(logs: Floats) -> Floats:
    """Return the mean of each value's neighbourhood, itself included."""
    sums = np.concatenate([[0.0], np.cumsum(logs)])
    positions = np.arange(logs.size)
    low = np.maximum(positions - NEIGHBOURS, 0)
    high = np.minimum(positions + NEIGHBOURS + 1, logs.size)
    return np.asarray((sums[high] - sums[low]) / (high - low))


def _crosses_night_end(members: Ints, roll: Roll) -> Bools:
    """Tell where the night ends between two neighbours, by the local clock of each."""
    local_night = roll.days[members] - (roll.hours[members] < NIGHT_ENDS)
    return np.asarray(np.diff(local_night) > 0)


def _join_doubtful(groups: list[Ints], doubtful: Ints, roll: Roll) -> list[Ints]:
    """Put assets with a doubtful clock into the events of their time, and let many that agree found one."""
    if doubtful.size == 0:
        return groups
    starts = np.array([roll.seconds[g[0]] for g in groups])
    ends = np.array([roll.seconds[g[-1]] for g in groups])
    after: Ints = np.searchsorted(starts, roll.seconds[doubtful] + JOIN, side="right") - 1
    fits = (after >= 0) & ~roll.uploaded[doubtful]
    fits[fits] = roll.seconds[doubtful[fits]] <= ends[after[fits]] + JOIN
    joined = [groups[g] for g in range(len(groups))]
    for g in np.unique(after[fits]).tolist():
        joined[g] = np.sort(np.concatenate([joined[g], doubtful[fits & (after == g)]]))
    founded = [g for g in _split(doubtful[~fits], roll) if _agree(g, roll)]
    return joined + founded


def _agree(members: Ints, roll: Roll) -> bool:
    return members.size >= FOUNDERS and float(np.median(np.diff(roll.seconds[members]))) >= COPY_SECONDS


def _event_id(roll: Roll, members: Ints) -> EventId:
    dated = members[roll.dated[members]]
    founder = dated[0] if dated.size else members[0]
    return EventId(stable_id("event", roll.assets[founder].id))
