"""The timeline cut into events: an afternoon, a party, a day of a trip.

A cut is made where the pause between two pictures is long for its surroundings: the logarithm of the
pause exceeds the mean of its neighbours' by a constant (Platt, Czerwinski, Field: PhotoTOC, 2003). So a
birthday with a picture a minute and a walk with a picture an hour are each one event. A pause counts
for more when the next picture is far away, and none ends an event whose scene goes on in the same place; hard
bounds hold at both ends.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

import numpy as np

from services.domain.consent import Scope
from services.domain.identity import EventId, stable_id
from services.domain.media import Place
from services.domain.places import haversine_km
from services.domain.roll import Bools, Floats, Ints, Roll
from services.domain.splice import Along
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
SCENE_PICTURES = 2
"""Pictures to either side of a pause, within SHORTEST_CUT of it, by which a scene is told to go on."""
_LONGEST_LOG = float(np.log(LONGEST_PAUSE))
_SEGMENTING = frozenset({Scope.LOCATION})
"""Besides time, places decide where an event ends; over pauses also content, and all of it a wrong clock."""


@dataclass(frozen=True, eq=False)
class Stretch:
    """A stretch of the timeline that belongs together: positions in the roll, in order of time."""

    id: EventId
    members: Ints


@dataclass(frozen=True, eq=False)
class Stretches(Sequence[Stretch]):
    """The events of a roll, in order of time."""

    roll: Roll
    members: Ints
    """Positions in the roll, event after event, in each in order of time."""
    bounds: Ints
    """Where in `members` each event begins, and their number; int64[events + 1]."""

    def __len__(self) -> int:
        return self.bounds.size - 1

    @overload
    def __getitem__(self, index: int) -> Stretch: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[Stretch]: ...

    def __getitem__(self, index: int | slice) -> Stretch | Sequence[Stretch]:
        if isinstance(index, slice):
            return [self[i] for i in range(*index.indices(len(self)))]
        members = self.part(range(len(self))[index])
        return Stretch(_event_id(self.roll, members), members)

    def part(self, index: int) -> Ints:
        """Return the members of one event."""
        return self.members[self.bounds[index] : self.bounds[index + 1]]

    def __iter__(self) -> Iterator[Stretch]:
        return (self[i] for i in range(len(self)))


class Segmenter:
    """Cuts rolls into events, and keeps where it cut for the next roll."""

    def __init__(self) -> None:
        self._cuts = Along[np.bool_](reach=NEIGHBOURS + 1)
        self._doubtful_cuts = Along[np.bool_](reach=NEIGHBOURS + 1)

    def segment(self, roll: Roll) -> Stretches:
        """Cut the roll into events, in order of time.

        Pictures with a doubtful clock join an event that goes on at their time; otherwise they found one only
        where many agree, and are put aside where not. The time of an upload may found an event (whoever sends
        pictures as they are taken) but joins none, and a camera's clock that is known to be wrong does
        neither.
        An event keeps its id when later pictures are added.
        """
        dated, doubtful = np.flatnonzero(roll.dated), np.flatnonzero(~roll.dated & ~roll.astray)
        group_of = np.full(len(roll), -1, dtype=np.int64)
        group_of[dated] = _numbered(self._cuts, dated, roll)
        if doubtful.size:
            _join(group_of, dated, doubtful, roll)
            self._found(group_of, doubtful[group_of[doubtful] < 0], roll)
        return _stretches(roll, group_of)

    def _found(self, group_of: Ints, loose: Ints, roll: Roll) -> None:
        """Let doubtful clocks that agree found events; the others stay outside."""
        numbers = _numbered(self._doubtful_cuts, loose, roll)
        bounds = np.append(np.flatnonzero(np.diff(numbers, prepend=-1)), loose.size)
        first = int(group_of.max(initial=-1)) + 1
        for i in np.flatnonzero(np.diff(bounds) >= FOUNDERS).tolist():
            members = loose[bounds[i] : bounds[i + 1]]
            if _agree(members, roll):
                group_of[members] = first + i


def segment(roll: Roll) -> Stretches:
    """Cut one roll into events."""
    return Segmenter().segment(roll)


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
    if roll.mended[members].any():
        return carried
    bridged = np.diff(roll.seconds[members]).max(initial=0.0) >= SHORTEST_CUT / 2
    return carried & (_SEGMENTING | {Scope.CONTENT} if bridged else _SEGMENTING)


def main_place(roll: Roll, members: Ints) -> Place | None:
    """Return the place where most of these assets were taken; None where no place is known."""
    places = roll.places_of(members)
    return places[0][0] if places else None


def _numbered(cuts: Along[np.bool_], members: Ints, roll: Roll) -> Ints:
    """Number assets, given in order of time, by the event that a pause ends; int64[n] from 0."""
    ends = cuts.column(roll.tokens[members], lambda part: _ends(members[part], roll))
    return np.cumsum(ends) - ends


def _ends(members: Ints, roll: Roll) -> Bools:
    """Tell of each asset whether an event ends with it; the last one's is no end."""
    return np.append(_cuts(members, roll), np.zeros(min(members.size, 1), dtype=np.bool_))


def _cuts(members: Ints, roll: Roll) -> Bools:
    """Tell after which asset an event ends; bool[n - 1]."""
    seconds = roll.seconds[members]
    pauses = np.diff(seconds)
    if pauses.size == 0:
        return np.zeros(0, dtype=np.bool_)
    hops = _hops_km(members, roll)
    weighted = pauses * (1.0 + hops / JUMP_KM)
    logs = np.log(np.maximum(pauses, 1.0))
    unusual = np.log(np.maximum(weighted, 1.0)) > LOG_RATIO + _local_mean(np.minimum(logs, _LONGEST_LOG))
    over_night = _crosses_night_end(members, roll) & (pauses >= NIGHT_PAUSE)
    breaks = unusual & (weighted >= SHORTEST_CUT)
    breaks &= ~_same_scene(breaks & (pauses < NIGHT_PAUSE) & (hops < JUMP_KM), members, roll)
    return np.asarray(breaks | (weighted >= LONGEST_PAUSE) | over_night)


def _same_scene(asked: Bools, members: Ints, roll: Roll) -> Bools:
    """Tell over which of the pauses asked about a scene goes on; bool[n - 1]."""
    found = np.zeros(asked.size, dtype=np.bool_)
    for at in np.flatnonzero(asked).tolist():
        before = members[max(at + 1 - SCENE_PICTURES, 0) : at + 1]
        after = members[at + 1 : at + 1 + SCENE_PICTURES]
        before = before[roll.seconds[members[at]] - roll.seconds[before] <= SHORTEST_CUT]
        after = after[roll.seconds[after] - roll.seconds[members[at + 1]] <= SHORTEST_CUT]
        found[at] = any(roll.same_scene(i, k) for i in before.tolist() for k in after.tolist())
    return found


def _hops_km(members: Ints, roll: Roll) -> Floats:
    """Return the km between neighbours, 0 where either place is unknown."""
    latitude, longitude = roll.latitude[members], roll.longitude[members]
    return np.nan_to_num(haversine_km(latitude[:-1], longitude[:-1], latitude[1:], longitude[1:]))


def _local_mean(logs: Floats) -> Floats:
    """Return the mean of each value's neighbourhood, itself included: added up in one order everywhere."""
    padding = np.zeros(NEIGHBOURS)
    padded = np.concatenate([padding, logs, padding])
    sums = np.zeros(logs.size)
    for shift in range(2 * NEIGHBOURS + 1):
        sums += padded[shift : shift + logs.size]
    positions = np.arange(logs.size)
    low = np.maximum(positions - NEIGHBOURS, 0)
    high = np.minimum(positions + NEIGHBOURS + 1, logs.size)
    return np.asarray(sums / (high - low))


def _crosses_night_end(members: Ints, roll: Roll) -> Bools:
    """Tell where the night ends between two neighbours, by the local clock of each."""
    local_night = roll.days[members] - (roll.hours[members] < NIGHT_ENDS)
    return np.asarray(np.diff(local_night) > 0)


def _join(group_of: Ints, dated: Ints, doubtful: Ints, roll: Roll) -> None:
    """Put assets with a doubtful clock into the events of their time."""
    if dated.size == 0:
        return
    first = np.flatnonzero(np.diff(group_of[dated], prepend=-1))
    starts = roll.seconds[dated[first]]
    ends = roll.seconds[dated[np.append(first[1:], dated.size) - 1]]
    after = np.searchsorted(starts, roll.seconds[doubtful] + JOIN, side="right") - 1
    fits = (after >= 0) & ~roll.uploaded[doubtful] & (roll.seconds[doubtful] <= ends[after] + JOIN)
    group_of[doubtful[fits]] = after[fits]


def _stretches(roll: Roll, group_of: Ints) -> Stretches:
    """Put groups in order of their first members."""
    members = np.flatnonzero(group_of >= 0)
    numbers = group_of[members]
    first = np.full(int(numbers.max(initial=-1)) + 1, len(roll), dtype=np.int64)
    first[numbers[::-1]] = members[::-1]
    rank = np.empty_like(first)
    rank[np.argsort(first, kind="stable")] = np.arange(first.size)
    order = np.argsort(rank[numbers], kind="stable")
    sizes = np.bincount(rank[numbers])
    return Stretches(roll, members[order], np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64))


def _agree(members: Ints, roll: Roll) -> bool:
    return members.size >= FOUNDERS and float(np.median(np.diff(roll.seconds[members]))) >= COPY_SECONDS


def _event_id(roll: Roll, members: Ints) -> EventId:
    dated = members[roll.dated[members]]
    founder = dated[0] if dated.size else members[0]
    return EventId(stable_id("event", roll.assets[founder].id))
